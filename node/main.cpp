#include "base/heap.hpp"
#include "node/commands/commands.hpp"
#include "node/process/descriptors.hpp"
#include "node/process/signals.hpp"

int main(int argc, char** argv) {
  // Runs first: an early signal ends a node as cleanly as a later one.
  carillon::hold_signals();
  if (!carillon::fill_standard_descriptors())
    return carillon::commands::fault;
  // Each segment of a log is an open file, also for commands that only read.
  carillon::raise_descriptor_limit();
  carillon::keep_freed_memory();
  return carillon::commands::run(argc, argv);
}
