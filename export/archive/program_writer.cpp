#include <roundtrip/error.h>

#include <sstream>

#include "export/archive/output.h"
#include "export/archive/payload_writer.h"
#include "export/archive/program_archive.h"
#include "export/archive/record_names.h"
#include "export/archive/schema_json.h"
#include "export/archive/zip_names.h"
#include "export/archive/zip_writer.h"
#include "export/graph/python_functions.h"
#include "export/program/fx/python_names.h"

namespace roundtrip {
namespace {

namespace names = record_names;

/// The root folder when the archive has no file name, as in Python.
constexpr const char* kDefaultRoot = "archive";

RawBytes own_text(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  return {.view = *owner, .owner = owner};
}

void plan_folder(const std::string& model, const OrderedMap<Payload>& payloads,
                 const names::PayloadFolder& folder, std::vector<PlannedRecord>& records) {
  PayloadConfig config = plan_payloads(payloads, folder, records);
  std::string name = folder.config(model);
  records.push_back({name, own_text(write_payload_json(name, config))});
}

void refuse_nameless_functions(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    const PythonFunction* function = find_python_function(node.target());
    if (function != nullptr && !function->has_name_in_files) {
      throw ArchiveError("", "a program that calls `" +
                                 node.target().substr(node.target().find('.') + 1) +
                                 "` on a number cannot be saved: Python's files have no name for "
                                 "it. Use sym_int or a division of integers");
    }
    for (const auto* subgraph : node.subgraphs()) refuse_nameless_functions(*subgraph->graph);
  }
}

/// As `torch.export` does, which never gets to see a module that has one.
void refuse_impossible_name(const std::string& name) {
  std::istringstream parts(name);
  for (std::string part; std::getline(parts, part, '.');) {
    if (name_in_python(part, /*of_root=*/false) != NameInPython::impossible) continue;
    throw ArchiveError("", "a program with something called '" + name +
                               "' cannot be saved: no module of Python can have a '" + part + "'");
  }
}

void refuse_impossible_names(const Program& program) {
  for (const auto* payloads : {&program.weights, &program.constants}) {
    for (const auto& payload : *payloads) refuse_impossible_name(payload.key());
  }
  for (const ModuleCallEntry& entry : program.graph_module.module_call_graph) {
    refuse_impossible_name(entry.fqn);
  }
}

/// Python neither writes nor reads signatures with one: `serialize_argument_spec` there.
void refuse_conditions(const GraphSignature& signature) {
  const auto refuse = [](const Argument& arg, const char* what) {
    if (arg.get<SymBoolArgument>() == nullptr) return;
    throw ArchiveError("", std::string("a program ") + what +
                               " a condition that sizes or data decide (SymBool) cannot be saved: "
                               "Python's files have no place for it. Pass a tensor, or a number: "
                               "sym_ite(condition, 1, 0)");
  };
  for (const InputSpec& spec : signature.input_specs) {
    if (spec.kind == InputKind::user_input) refuse(spec.arg, "that takes");
  }
  for (const OutputSpec& spec : signature.output_specs) {
    if (spec.kind == OutputKind::user_output) refuse(spec.arg, "that returns");
  }
}

std::string model_json(const std::string& record, const Program& program) {
  refuse_nameless_functions(program.graph_module.graph);
  refuse_conditions(program.graph_module.signature);
  return write_model_json(record, program);
}

void plan_model(const std::string& name, const Program& program,
                std::vector<PlannedRecord>& records) {
  refuse_impossible_names(program);
  plan_folder(name, program.weights, names::kWeights, records);
  plan_folder(name, program.constants, names::kConstants, records);
  std::string model = names::model(name);
  records.push_back({model, own_text(model_json(model, program))});
  records.push_back({names::sample_inputs(name), program.example_inputs});
}

/// Each once, though every model of an archive that was loaded has all of them.
OrderedMap<RawBytes> extra_files(const Models& models) {
  OrderedMap<RawBytes> files;
  for (const auto& [model, program] : models) {
    for (const auto& file : program->extra_files) {
      const RawBytes* known = files.find(file.key());
      if (known && known->view != file.value().view) {
        throw ArchiveError("", "two models have an extra file '" + file.key() +
                                   "', and they differ: one archive holds one");
      }
      if (!known) files.insert(file.key(), file.value());
    }
  }
  return files;
}

/// All that is written, before the first byte is: what cannot be saved is found
/// out while nothing is lost.
std::vector<PlannedRecord> plan_records(const Models& models) try {
  std::vector<PlannedRecord> records;
  for (const auto& [name, program] : models) plan_model(name, *program, records);
  for (const auto& file : extra_files(models))
    records.push_back({c10::str(names::kExtra, file.key()), file.value()});
  records.push_back({names::kFormat, own_text("pt2")});
  records.push_back({names::kFormatVersion, own_text("0")});
  return records;
} catch (const c10::Error& error) {
  throw ArchiveError("", error.what_without_backtrace());
}

void write_records(const std::vector<PlannedRecord>& records, Output& output,
                   const std::string& root) {
  ZipWriter zip(output, root);
  for (const PlannedRecord& record : records) zip.add(record.name, record.bytes.view);
  zip.finish();
}

/// An upper bound of the archive's size.
std::size_t expected_size(const std::vector<PlannedRecord>& records) {
  constexpr std::size_t kOverhead = 300;  // headers, padding, descriptor of one record
  std::size_t size = 10 * kOverhead;
  for (const PlannedRecord& record : records)
    size += record.bytes.view.size() + 2 * record.name.size() + kOverhead;
  return size;
}

void write_to_file(const Models& models, const std::filesystem::path& path) {
  if (path.extension() != ".pt2")
    throw ArchiveError("", "cannot write '" + path.string() + "': its name must end in .pt2");
  std::vector<PlannedRecord> records = plan_records(models);
  FileOutput output(path);
  write_records(records, output, path.stem().string());
  output.commit();
}

Models the_model(const Program& program) {
  return {{names::kDefaultModel, &program}};
}

}  // namespace

void write_program(const Program& program, const std::filesystem::path& path) {
  write_to_file(the_model(program), path);
}

void write_programs(const Models& models, const std::filesystem::path& path) {
  if (models.empty()) throw ArchiveError("", "an archive of no model cannot be saved");
  for (const auto& [name, program] : models) {
    if (!is_plain_name(name)) throw ArchiveError("", "no model can have the name '" + name + "'");
  }
  write_to_file(models, path);
}

void write_program(const Program& program, std::ostream& stream) {
  StreamOutput output(stream);
  write_records(plan_records(the_model(program)), output, kDefaultRoot);
  output.flush();
}

Bytes write_program(const Program& program) {
  std::vector<PlannedRecord> records = plan_records(the_model(program));
  MemoryOutput output(expected_size(records));
  write_records(records, output, kDefaultRoot);
  return output.take();
}

std::string write_program_json(const Program& program) {
  return model_json(names::model(names::kDefaultModel), program);
}

}  // namespace roundtrip
