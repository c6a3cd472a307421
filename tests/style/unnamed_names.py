"""Names in unnamed namespaces must differ within a target.

A unity build compiles the files of a target in batches, so two equal names only meet if they
happen to be in one. This looks at all files of each target, as the batches name them.
"""

import argparse
import collections
import pathlib
import re
import sys

COMMENT_OR_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>\w*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])'",
    re.S,
)


def plain_code(text):
    """Without comments, texts and preprocessor lines, which hold braces of their own."""
    text = COMMENT_OR_TEXT.sub(lambda found: '""' if '"' in found[0][:2] else " ", text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", "", text, flags=re.M)


def unnamed_scopes(code):
    """What stands directly in each unnamed namespace; braces within are left out."""
    for opening in re.finditer(r"\bnamespace\s*\{", code):
        depth, own = 1, []
        for character in code[opening.end() :]:
            if character == "}":
                depth -= 1
                if depth == 0:
                    break
                if depth == 1:
                    own.append("};")
                continue
            if depth == 1:
                own.append(character)
            if character == "{":
                depth += 1
        yield "".join(own)


def split_parameters(text):
    parts, depth, part = [], 0, ""
    for character in text:
        depth += (character in "(<[{") - (character in ")>]}")
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    return [one.strip() for one in parts + [part] if one.strip()]


def parameter_type(parameter):
    parameter = " ".join(parameter.split("=")[0].split())
    named = re.fullmatch(r"(.*[\w>&*\])])\s*(?<=[\s&*>])([A-Za-z_]\w*)", parameter)
    bare = named is None or named[1].strip() in ("const", "unsigned", "struct")
    return (parameter if bare else named[1]).replace(" ", "")


def declared(statement):
    """The name that a statement of an unnamed namespace declares and, of a function, its
    parameters; None for what only lasts for the file or may be repeated."""
    statement = " ".join(statement.split())
    template = re.match(r"template\s*<", statement)
    if template:
        depth = 0
        for index, character in enumerate(statement):
            depth += (character == "<") - (character == ">")
            if character == ">" and depth == 0:
                statement = statement[index + 1 :].strip()
                break
    if re.match(r"(using|namespace|friend|extern|static_assert|typedef)\b", statement):
        return None
    kind = re.match(r"(?:class|struct|union|enum(?: class)?)\s+(\w+)\s*(?::[^{]*|final\s*(?::[^{]*)?)?\{", statement)
    if kind:
        return kind[1], None
    if re.match(r"(class|struct|enum)\b", statement) and "{" not in statement:
        return None
    head = statement.split("{")[0].split("=")[0] if "operator" not in statement else ""
    function = re.search(r"(?<![\w.:>])(?:[\w:<>,&*\s]+?[\s&*>])([A-Za-z_]\w*)\s*\((.*)\)[^()]*$", head)
    if function and "::" not in head[function.start(1) - 2 : function.start(1)]:
        types = tuple(parameter_type(one) for one in split_parameters(function[2]))
        return function[1], types + (("template",) if template else ())
    variable = re.search(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$", head.strip())
    if variable and len(head.split()) > 1 and "(" not in head:
        return variable[1], None
    return None


def declarations(path):
    for scope in unnamed_scopes(plain_code(path.read_text())):
        for statement in scope.split(";"):
            if found := declared(statement):
                yield found


def clashes(paths):
    by_name = collections.defaultdict(set)
    for path in paths:
        for name, parameters in set(declarations(path)):
            by_name[name].add((parameters, path))
    for name, places in sorted(by_name.items()):
        seen = {}
        for parameters, path in sorted(places, key=str):
            others = {
                other
                for known, files in seen.items()
                for other in files
                if other != path and (known == parameters or None in (known, parameters))
            }
            if others:
                yield name, path, sorted(others)[0]
            seen.setdefault(parameters, set()).add(path)


def targets(build):
    for folder in sorted(build.glob("**/CMakeFiles/*.dir/Unity")):
        batches = "".join(batch.read_text() for batch in folder.glob("unity_*.cxx"))
        yield folder.parent.stem, [pathlib.Path(one) for one in re.findall(r'#include "([^"]+)"', batches)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    found, looked_at = 0, 0
    for target, paths in targets(parser.parse_args().build):
        looked_at += len(paths)
        for name, path, other in clashes([one for one in paths if one.exists()]):
            print(f"{path}: '{name}' stands in {other}, too ({target})")
            found += 1
    if looked_at == 0:
        sys.exit("no target of the build is compiled in batches")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
