"""Pages of documentation in Markdown: what of them is commands, and what a reader can look up.

Commands stand in blocks fenced as sh, or in indented blocks that begin with a program. `<!-- not run: reason -->` before
a block says why a test cannot run it. A command goes on behind a backslash at the end of its line.
"""
import re
from dataclasses import dataclass, field

PROGRAMS = r"(?:[A-Z_]+=\S+ +)*(?:xrdct|scripts/[a-z]+|mpirun|srun|sbatch|scancel|cmake|cpack|ctest|python3|apt|spack|apptainer|module)\b"
REASON = re.compile(r"<!--\s*not run:\s*(.*?)\s*-->", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass
class Block:
    line: int  # of its first line, from 1
    language: str  # "sh", "python", or "" for what is only shown
    text: str
    reason: str = ""  # why it is not run

    def commands(self):
        """(line, command) of each, with its continuation lines."""
        whole, start = "", 0
        for number, line in enumerate(self.text.splitlines(), self.line):
            if not whole:
                start = number
            whole += line
            if line.endswith("\\"):
                whole = whole[:-1]
                continue
            if whole.strip() and not whole.strip().startswith("#"):
                yield start, whole.strip()
            whole = ""


@dataclass
class Page:
    name: str
    blocks: list = field(default_factory=list)
    spans: list = field(default_factory=list)  # (line, text) of code within sentences
    links: list = field(default_factory=list)  # (line, target)


def language_of(fence, text):
    if fence is not None:
        return {"sh": "sh", "bash": "sh", "shell": "sh", "python": "python"}.get(fence, "")
    return "sh" if re.match(PROGRAMS, text.lstrip()) else ""


def read_page(name, text):
    """Takes a page apart. Raises ValueError where a fence is left open or a reason stands before no block."""
    page = Page(name)
    lines = text.splitlines()
    reason, number = "", 0

    def add(fence, first, body):
        nonlocal reason
        block = Block(first, language_of(fence, body), body, reason)
        if reason and not block.language:
            raise ValueError(f"{name}:{first}: a reason not to run stands before what is no command")
        page.blocks.append(block)
        reason = ""

    prose = []
    while number < len(lines):
        line = lines[number]
        fence = re.match(r"(```+)\s*(\w*)\s*$", line)
        if fence:
            end = next((i for i in range(number + 1, len(lines)) if lines[i].startswith(fence[1])), None)
            if end is None:
                raise ValueError(f"{name}:{number + 1}: a block that does not end")
            add(fence[2], number + 2, "\n".join(lines[number + 1:end]))
            number = end + 1
            prose.append((number, ""))
            continue
        starts = not prose or not prose[-1][1].strip()
        if line.startswith("    ") and line.strip() and starts:
            end = number
            while end < len(lines) and (lines[end].startswith("    ") or
                                        (not lines[end].strip() and end + 1 < len(lines) and
                                         lines[end + 1].startswith("    "))):
                end += 1
            add(None, number + 1, "\n".join(text[4:] for text in lines[number:end]))
            number = end
            continue
        if "<!--" in line:
            end = next(i for i in range(number, len(lines)) if "-->" in lines[i])
            remark = "\n".join(lines[number:end + 1])
            found = REASON.search(remark)
            if found:
                reason = " ".join(found[1].split())
            lines[number:end + 1] = COMMENT.sub("", remark).split("\n") + [""] * (
                end - number - COMMENT.sub("", remark).count("\n"))
            if not lines[number].strip():
                number += 1
            continue
        if reason and line.strip():
            raise ValueError(f"{name}:{number + 1}: a reason not to run stands before no block")
        prose.append((number + 1, line))
        number += 1
    collect_inline(page, prose)
    return page


def collect_inline(page, prose):
    """Code and links may go on in the next line."""
    text = "\n".join(line for _, line in prose)
    numbers = [number for number, _ in prose]
    for found in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
        page.spans.append((numbers[text.count("\n", 0, found.start())], " ".join(found[1].split())))
    for found in re.finditer(r"\]\(([^)\s]+)\)", text):
        page.links.append((numbers[text.count("\n", 0, found.start())], found[1]))
