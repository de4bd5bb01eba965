#!/usr/bin/env python3
"""manual.py DESCRIPTION.json OUTPUT_DIR VERSION DATE: man pages and completions.

The description is what `carillon describe` prints. Makes man/carillon.1, man/carillon-COMMAND.1 for
each command (its own commands are sections of it), and completions/{carillon.bash,_carillon,carillon.fish}.
"""
import json
import pathlib
import re
import sys

FILES = ("FILE", "FILES", "PATH")
DIRECTORIES = ("DIR",)
SEE = {"serve": "check-config", "check-config": "serve"}


def value_of(option):
    """The name of the value without its choices, such as TEXT for TEXT:{publisher,reader}."""
    return re.sub(r":?\{[^}]*\}", "", option["value"]).split(" in [")[0].split(":")[0]


def choices_of(option):
    found = re.search(r"\{([^}]*)\}", option["value"])
    if found:
        return found.group(1).split(",")
    if re.fullmatch(r"[a-z]+(\|[a-z]+)+", option["value"]):
        return option["value"].split("|")
    return []


def flags_of(command):
    return [x for x in command["options"] if x["names"]]


def arguments_of(command):
    return [x for x in command["options"] if not x["names"]]


def walk(command, path=()):
    """Each command with its path, the root first."""
    yield path, command
    for below in command["commands"]:
        yield from walk(below, path + (below["name"],))


# -- man pages ----------------------------------------------------------------------


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + x if x[:1] in (".", "'") else x for x in text.split("\n"))


def synopsis(path, command):
    out = [f"\\fB{roff(' '.join(('carillon',) + path))}\\fR"]
    if flags_of(command):
        out.append("[\\fIOPTION\\fR...]")
    for x in arguments_of(command):
        name = f"\\fI{roff(x['positional'].upper())}\\fR" + ("..." if x["many"] else "")
        out.append(name if x["required"] else f"[{name}]")
    if command["commands"]:
        out.append("\\fICOMMAND\\fR")
    return " ".join(out)


def entry(option):
    if option["names"]:
        head = ", ".join(f"\\fB{roff(x)}\\fR" for x in option["names"])
        if option["value"]:
            head += f" \\fI{roff(value_of(option))}\\fR"
    else:
        head = f"\\fI{roff(option['positional'].upper())}\\fR"
    text = roff(option["meaning"]).rstrip(".") + "."
    text = re.sub(r" \[(CARILLON_\w+)\]\.$", r". Environment: \1.", text)
    if option["required"]:
        text += " Required."
    if choices_of(option):
        text += " One of " + ", ".join(f"\\fB{roff(x)}\\fR" for x in choices_of(option)) + "."
    if option["standard"] and option["standard"] != "none":
        text += f" Default: \\fB{roff(option['standard'])}\\fR."
    if option["variable"]:
        text += f" Environment: {option['variable']}."
    return f".TP\n{head}\n{text}\n"


def options_text(command, heading):
    out, groups = "", []
    for x in command["options"]:
        if x["group"] not in groups:
            groups.append(x["group"])
    for group in groups:
        out += f".{heading} \"{roff(group)}\"\n" if len(groups) > 1 else ""
        out += "".join(entry(x) for x in command["options"] if x["group"] == group)
    return out


def page(path, root, command, version, date):
    name = "-".join(("carillon",) + path)
    out = f'.TH "{roff(name.upper())}" 1 "{date}" "Carillon {version}" "User Commands"\n.nh\n.ad l\n'
    out += f".SH NAME\n{roff(name)} \\- {roff(command['meaning'].rstrip('.'))}\n"
    out += ".SH SYNOPSIS\n" + "\n.br\n".join(
        synopsis(p, c) for p, c in walk(command, path) if not c["commands"] or c is root) + "\n"
    out += f".SH DESCRIPTION\n{roff(command['meaning'].rstrip('.'))}.\n"
    if command is root:
        out += ".SH COMMANDS\n"
        for x in command["commands"]:
            out += f".TP\n\\fB{roff('carillon-' + x['name'])}\\fR(1)\n{roff(x['meaning'].rstrip('.'))}.\n"
    out += ".SH OPTIONS\n" + options_text(command, "SS")
    if command["footer"]:
        out += f".PP\n{roff(command['footer'])}\n"
    if command is not root:
        for p, c in walk(command, path):
            if c is not command:
                out += f".SH \"{roff(' '.join(p).upper())}\"\n{roff(c['meaning'].rstrip('.'))}.\n"
                out += options_text(c, "SS")
    out += (".SH EXIT STATUS\n.TP\n0\nSuccess.\n.TP\n1\nA fault, with a line on standard error; or the "
            "output could not be written.\n.TP\n2\nWrong usage.\n")
    see = ["carillon\\-serve", "carillon\\-check\\-config"] if command is root else ["carillon"]
    if path and path[0] in SEE:
        see.append(roff("carillon-" + SEE[path[0]]))
    return out + ".SH SEE ALSO\n" + ",\n".join(f"\\fB{x}\\fR(1)" for x in see) + "\n"


# -- completions --------------------------------------------------------------------


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def value_kind(option):
    if choices_of(option):
        return "words"
    name = value_of(option)
    if name in FILES:
        return "files"
    return "directories" if name in DIRECTORIES else "any"


def bash(root):
    out = "# bash completion of carillon, made by packaging/manual.py\n_carillon() {\n"
    out += '  local path= word i cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n'
    out += "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}\n"
    out += '    case "$path/$word" in\n      '
    out += " | ".join("/" + "/".join(p) for p, _ in walk(root) if p)
    out += ') path=$path/$word ;;\n    esac\n  done\n  case "$path $prev" in\n'
    for path, command in walk(root):
        for x in flags_of(command):
            if not x["value"]:
                continue
            labels = " | ".join(f"\"{''.join('/' + p for p in path)} {n}\"" for n in x["names"])
            action = {
                "words": f"mapfile -t COMPREPLY < <(compgen -W \"{' '.join(choices_of(x))}\" -- \"$cur\")",
                "files": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
                "directories": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur")',
                "any": "COMPREPLY=()",
            }[value_kind(x)]
            out += f"    {labels}) {action}; return ;;\n"
    out += '  esac\n  local words=\n  case "$path" in\n'
    for path, command in walk(root):
        names = [c["name"] for c in command["commands"]]
        flags = [n for x in flags_of(command) for n in x["names"]]
        out += f"    \"{''.join('/' + p for p in path)}\")\n"
        out += f"      if [[ $cur == -* ]]; then words=\"{' '.join(flags)}\"; "
        if names:
            out += f"else words=\"{' '.join(names)}\"; fi ;;\n"
        elif any(value_kind(x) == "files" for x in arguments_of(command)):
            out += 'else compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return; fi ;;\n'
        else:
            out += "fi ;;\n"
    return out + '  esac\n  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")\n}\ncomplete -F _carillon carillon\n'


def zsh(root):
    out = "#compdef carillon\n# zsh completion of carillon, made by packaging/manual.py\n"

    def text(x):
        return re.sub(r"([\\\[\]:])", r"\\\1", x)

    for path, command in walk(root):
        out += f"\n_{'_'.join(('carillon',) + path).replace('-', '_')}() {{\n"
        if command["commands"]:
            out += "  local context state state_descr line\n  local -a commands\n  typeset -A opt_args\n"
        out += "  _arguments -C" if command["commands"] else "  _arguments"
        for x in flags_of(command):
            action = {
                "words": f"({' '.join(choices_of(x))})", "files": "_files", "directories": "_files -/", "any": " ",
            }[value_kind(x)]
            tail = f"[{text(x['meaning'])}]" + (f":{text(value_of(x))}:{action}" if x["value"] else "")
            repeat = "*" if x["many"] else f"({' '.join(x['names'])})"
            for name in x["names"]:
                out += " \\\n    " + quoted(repeat + name + tail)
        for x in arguments_of(command):
            place = "*" if x["many"] else ""
            action = "_files" if value_kind(x) == "files" else " "
            out += " \\\n    " + quoted(f"{place}:{text(x['positional'])}:{action}")
        if command["commands"]:
            out += " \\\n    '1: :->command' '*:: :->rest'\n  commands=(\n"
            for c in command["commands"]:
                out += "    " + quoted(c["name"] + ":" + c["meaning"].replace(":", "\\:")) + "\n"
            out += "  )\n  case $state in\n    command) _describe -t commands command commands ;;\n"
            out += "    rest)\n      case $words[1] in\n"
            for c in command["commands"]:
                function = "_".join(("carillon",) + path + (c["name"],)).replace("-", "_")
                out += f"        {c['name']}) _{function} ;;\n"
            out += "      esac ;;\n  esac\n"
        else:
            out += "\n"
        out += "}\n"
    return out + '\n_carillon "$@"\n'


def fish(root):
    out = "# fish completion of carillon, made by packaging/manual.py\n"
    out += "function __carillon_at\n  set -l path\n  for word in (commandline -opc)[2..]\n"
    out += "    switch (string join -- / $path $word)\n      case "
    out += " ".join(quoted("/".join(p)) for p, _ in walk(root) if p)
    out += "\n        set path $path $word\n    end\n  end\n  test \"$(string join -- / $path)\" = \"$argv[1]\"\nend\n"
    out += "complete -c carillon -f\n"
    for path, command in walk(root):
        at = f"-n {quoted('__carillon_at ' + quoted('/'.join(path)))}"
        for c in command["commands"]:
            out += f"complete -c carillon {at} -a {c['name']} -d {fish_quoted(c['meaning'])}\n"
        for x in flags_of(command):
            names = " ".join(("-l " + n[2:]) if n.startswith("--") else ("-s " + n[1:]) for n in x["names"])
            kind = {
                "words": f"-x -a {quoted(' '.join(choices_of(x)))}", "files": "-r -F",
                "directories": "-x -a '(__fish_complete_directories)'", "any": "-x",
            }[value_kind(x)] if x["value"] else ""
            out += f"complete -c carillon {at} {names} {kind} -d {fish_quoted(x['meaning'])}\n"
        if any(value_kind(x) == "files" for x in arguments_of(command)):
            out += f"complete -c carillon {at} -F\n"
    return out


def fish_quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main():
    source, target, version, date = sys.argv[1:]
    root = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    root["name"] = "carillon"
    man, completions = pathlib.Path(target) / "man", pathlib.Path(target) / "completions"
    for folder in (man, completions):
        folder.mkdir(parents=True, exist_ok=True)
    (man / "carillon.1").write_text(page((), root, root, version, date), encoding="utf-8")
    for x in root["commands"]:
        path = (x["name"],)
        (man / f"carillon-{x['name']}.1").write_text(page(path, root, x, version, date), encoding="utf-8")
    for name, make in (("carillon.bash", bash), ("_carillon", zsh), ("carillon.fish", fish)):
        (completions / name).write_text(make(root), encoding="utf-8")


main()
