#include "node/commands/commands.hpp"

int main(int argc, char** argv) {
  return carillon::commands::run(argc, argv);
}
