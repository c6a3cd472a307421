#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "pt2/arguments.h"
#include "pt2/commands.h"
#include "pt2/exit_code.h"
#include "support/child_process.h"

namespace roundtrip::pt2 {
namespace {

constexpr const char* kHelp = R"help(pt2 works on exported PyTorch programs: .pt2 files.

usage: pt2 show [--model NAME] FILE...
       pt2 check [--model NAME] [--library FILE]... FILE...
       pt2 convert --out DIR [--transform NAME]... [--plugin-dir PATH]...
                   [--device DEVICE] [RUNNING] FILE...
       pt2 eval --out DIR [--inputs FILE] [--device DEVICE] [RUNNING] FILE...
       pt2 run [--runs N] [--inputs FILE] [--device DEVICE] [RUNNING] FILE...
       pt2 inputs [--json] [--model NAME] FILE...
       pt2 diff [--names] [--metadata] [--json] [--model NAME] A B
       pt2 reduce --out DIR --transform NAME... [--plugin-dir PATH]... [RUNNING] FILE...
       pt2 from-torchscript MODEL --out FILE [--input SPEC]... [--inputs FILE]
                            [--dynamic SPEC]... [--strict|--non-strict]
                            [--method NAME] [--seed N]
                            [--library FILE]... [--allow NAME]...

RUNNING is [--model NAME] [--seed N] [--library FILE]... [--allow NAME]...
           [--timeout SECONDS] [--memory BYTES]

show     prints each program as Python prints an ExportedProgram: its code, its
         signature, the ranges of its symbols
check    holds each program against the rules of its dialect: values, operators
         and their arguments, signature; and checks the CRC of every record
convert  loads each program, applies the transformations, the first one outermost,
         and saves it under the same name in DIR; without a transformation the
         file stays the same, byte for byte. A transformation may run the program
eval     runs each program on its own example inputs, or on --inputs, with the random
         numbers of manual_seed(N) (0 if not given), and writes DIR/STEM.out.pt, which
         torch.load reads: a tuple of the outputs' leaves
run      runs each program N times (10 if not given) on such inputs, without gradients,
         and says what it gives and how long it takes: the first run, which compiles
         it, and those after it
inputs   lists what each program takes: names, types, sizes and their ranges
diff     says how program B differs from A, by structure: nodes are aligned by what they
         calculate, not by line, in subgraphs too. What values and symbols are called
         is no difference. Compared are operators, arguments, layouts of results,
         signature, ranges, guards, weights and constants bit by bit, example inputs
reduce   makes of each program that fails under the transformations the smallest part
         that fails in the same way: crash, kind of exception, other results on its
         example inputs. Groups of nodes are left out, ever smaller ones; what they
         calculate becomes an input, or in the subgraphs of control flow a constant; a
         subgraph that fails by itself takes the place of the program; then sizes of
         inputs become smaller. Each trial has a process and --timeout of its own
from-torchscript
         makes a program of a TorchScript model (what torch.jit.save wrote); sizes
         are those of the example inputs, except where --dynamic says otherwise

options:
  --out DIR          the folder for results; it is made if it is not there
  --transform NAME   a transformation that a plugin offers (repeatable)
  --plugin-dir PATH  load plugins from this folder or file too (repeatable); so are
                     those that ROUNDTRIP_PLUGIN_PATH lists, separated by ':'
  --inputs FILE      inputs to run on, from a file that torch.save wrote: a tuple or list
                     of the positional ones, a dict of them by name, ((args...), {kwargs})
                     for both, or the one input; or the example inputs of a .pt2 file
  --runs N           how often to run
  --device DEVICE    move each program to this device first: cpu runs one that was
                     exported for a GPU; convert writes it so
  --json             of inputs: a line of JSON for each model
  --seed N           the seed of random numbers, set before each file
  --library FILE     load a shared library that registers operators (repeatable); its
                     code runs with your rights
  --allow NAME       operators that programs may call besides those that exports contain:
                     a namespace, or one operator, such as aten::add.out (repeatable)
  --timeout SECONDS  how long one file may take, 600 unless given
  --memory BYTES     what one file may allocate: 65536, 512MiB, 4GiB
  --model NAME       the model of a file that holds several; without it, show, check
                     and convert take all, eval refuses such a file. What convert writes
                     then holds this one alone, as 'model'

options of diff:
  --names            names of values and nodes differ, too
  --metadata         metadata of nodes, hints of symbols and versions differ, too
  --json             print the differences as JSON

options of from-torchscript:
  --out, -o FILE     the program to write
  --input SPEC       an example input, a random tensor of a type and shape: f32[1,3,8,8],
                     i64[4,16]<1000 with whole numbers below 1000 (10 if not given),
                     bool[5], f64[]; repeat it for the next input, in order
  --inputs FILE      the example inputs from a file that torch.save wrote: a tuple
  --dynamic SPEC     a size of an input that may vary (repeatable), as INPUT:DIM=SIZE:
                     x:0=batch           dimension 0 of x, by a name of your own;
                                         sizes of one name are the same size
                     x:0=batch[1..64]    the same from 1 to 64; [2..] has no upper bound
                     y:1=2*batch+1       a function of a named size
                     x:2=AUTO            dynamic, if the model allows it
                     x:2=DYNAMIC[2..]    dynamic, and an error if the model does not
                     xs.0:1=n  d.key:0=n a tensor in a list, tuple or dict
                     n=AUTO              an input that is a whole number
  --strict           convert the model's compiled graph: what depends on data becomes
                     cond and while_loop (this is the default)
  --non-strict       record one run on the example inputs: a branch that depends on
                     data is an error
  --method NAME      the method to convert instead of forward

examples:
  pt2 show linear.pt2
  pt2 convert --out converted --transform serdes_strict models/*.pt2
  pt2 inputs linear.pt2
  python -c "import torch; torch.save({'x': torch.ones(3, 4)}, 'inputs.pt')"
  pt2 eval --out outputs --inputs inputs.pt linear.pt2
  pt2 eval --out outputs --seed 7 linear.pt2
  pt2 run --runs 100 linear.pt2
  python -c "import torch; print(torch.load('outputs/linear.out.pt'))"
  pt2 diff linear.pt2 converted/linear.pt2
  pt2 reduce --out small --transform mine --plugin-dir build linear.pt2
  pt2 from-torchscript resnet.pt --input f32[1,3,224,224] -o resnet.pt2
  pt2 from-torchscript resnet.pt --input f32[2,3,224,224] --dynamic x:0=batch[1..64] \
      -o resnet.pt2

Each file is worked on in a process of its own: one that fails, crashes or takes too much
is reported on standard error and the others go on. Exit codes:
0 all done, 1 a file failed, 4 the command line is wrong; of diff 0 no difference,
1 they differ, 2 a file cannot be read.
)help";

constexpr const char* kNames =
    "show, check, inputs, convert, eval, run, diff, reduce or from-torchscript";

/// Without a transformation: the program stays as it is.
bool convert_as_is(const Arguments& arguments) {
  return convert(arguments, [](const ExportedProgram& program) { return program; });
}

struct Command {
  CommandOptions options;
  bool (*run)(const Arguments&);
};

/// Those for which the runtime is enough.
const Command kCommands[] = {
    {{.name = "show"}, show},
    {{.name = "check", .has_library = true}, check},
    {kConvert, convert_as_is},
    {{.name = "eval",
      .has_out = true,
      .has_library = true,
      .runs_programs = true,
      .has_inputs = true,
      .has_device = true},
     eval},
    {{.name = "run",
      .has_library = true,
      .runs_programs = true,
      .has_inputs = true,
      .has_device = true,
      .has_runs = true},
     run},
    {{.name = "inputs", .has_json = true}, inputs},
};

bool wants_help(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word == "--help" || word == "-h") return true;
    if (word == "--") return false;
  }
  return words.size() == 1 && words[0] == "help";
}

/// Goes on as the executable beside this one that has all of Roundtrip.
[[noreturn]] void go_on_in_export(const std::vector<std::string>& words) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string file = folder / "pt2-export";
  std::vector<std::string> line{file};
  line.insert(line.end(), words.begin(), words.end());
  execute(file, line);
  throw UsageError("'" + words.front() + "' needs '" + file +
                   "', which cannot be run: it comes with all of Roundtrip, not with its runtime");
}

int real_main(const std::vector<std::string>& words) {
  if (wants_help(words)) {
    std::cout << kHelp;
    return kDone;
  }
  if (words.empty())
    throw UsageError("a command is missing: " + std::string(kNames) + "; see 'pt2 --help'");
  const auto& name = words.front();
  for (const auto& command : kCommands) {
    if (command.options.name != name) continue;
    const auto arguments = parse_arguments(command.options, {words.begin() + 1, words.end()});
    if (!arguments.transforms.empty()) go_on_in_export(words);
    return command.run(arguments) ? kDone : kFileFailed;
  }
  for (const char* other : {"diff", "reduce", "from-torchscript"}) {
    if (name == other) go_on_in_export(words);
  }
  throw UsageError("there is no command '" + name + "': " + kNames + "; see 'pt2 --help'");
}

}  // namespace
}  // namespace roundtrip::pt2

int main(int argc, char** argv) {
  return roundtrip::pt2::run_main(argc, argv, roundtrip::pt2::real_main);
}
