// Says what becomes in Python of names: arguments `root NAME` or `sub NAME`, a line for each pair.
#include "export/program/fx/python_names.h"

#include <iostream>

int main(int count, char** arguments) {
  constexpr const char* kWords[] = {"works", "breaks_unflatten", "breaks_module", "impossible"};
  for (int i = 1; i + 1 < count; i += 2) {
    const bool of_root = std::string(arguments[i]) == "root";
    const auto use = roundtrip::name_in_python(arguments[i + 1], of_root);
    std::cout << kWords[static_cast<int>(use)] << '\n';
  }
}
