// Runs a target once over each file of the named folders, without a fuzzer: in the ordinary build
// this keeps the targets and their seeds alive.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& x : std::filesystem::recursive_directory_iterator{argv[i]})
      if (x.is_regular_file())
        files.push_back(x.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::cout << file.string() << std::endl;
      std::ifstream in{file, std::ios::binary};
      std::string bytes{std::istreambuf_iterator<char>{in}, {}};
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
      ++count;
    }
  }
  std::cout << count << " inputs" << std::endl;
  // A run without files proves nothing.
  return count > 0 ? 0 : 1;
}
