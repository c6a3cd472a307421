#pragma once

#include <string>

namespace roundtrip {

/// What becomes in Python of a program one of whose modules has something of a name.
enum class NameInPython {
  works,
  breaks_unflatten,  ///< `torch.export.unflatten` fails; all else works
  breaks_module,     ///< `module()` fails, and all that goes by it
  impossible,        ///< no module of Python can have it
};

/// Of the name of one parameter, buffer, constant or submodule, without those of the modules
/// around it. `of_root` says that it is the model's own, not a submodule's.
NameInPython name_in_python(const std::string& name, bool of_root);

/// Whether a name with this character ends the string that Python's generated code has it in.
bool breaks_string(char c);

/// Whether forward may have a parameter of this name in Python.
bool is_input_name_in_python(const std::string& name);

}  // namespace roundtrip
