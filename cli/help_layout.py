"""How help looks: plain lines, each option with what it means beside it, as wide as the terminal."""

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions, RenderableType

LABEL_WIDTH = 24


class Layout:
    """What cyclopts asks to write a help page."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:  # noqa: ARG002
        """Write the commands, or the options of one."""
        if not panel.entries:
            return
        _print(console, f"{str(panel.title).lower()}:")
        for entry in panel.entries:
            _print_entry(console, entry, panel.format == "command")
        _print(console, "")

    def render_usage(self, console: "Console", _: "ConsoleOptions", usage: "RenderableType | None") -> None:
        """Write the line that names the command."""
        _print(console, f"usage: {_plain(console, usage).removeprefix('Usage: ')}\n")

    def render_description(self, console: "Console", _: "ConsoleOptions", text: "RenderableType | None") -> None:
        """Write what the command is for."""
        _print(console, f"{textwrap.fill(_plain(console, text), max(console.width, LABEL_WIDTH))}\n")


def _print_entry(console: "Console", entry: "HelpEntry", is_command: bool) -> None:
    names = (*entry.positive_names, *entry.positive_shorts)
    label = "  " + ", ".join(names if is_command else entry.display_labels_with_metavar)
    parts = [_plain(console, entry.description)]
    parts += [f"[{', '.join(entry.choices)}]"] if entry.choices else []
    parts += [f"[default: {entry.default}]"] if entry.default is not None else []
    parts += ["[required]"] if entry.required else []
    text = textwrap.wrap(
        " ".join(parts), max(console.width - LABEL_WIDTH, 30), break_on_hyphens=False, break_long_words=False
    )
    if len(label) + 2 > LABEL_WIDTH:
        _print(console, label)
        label = ""
    for number, line in enumerate(text):
        _print(console, f"{label if number == 0 else '':<{LABEL_WIDTH}}{line}")


def _plain(console: "Console", text: "RenderableType | None") -> str:
    """Return a text without its markup and its line breaks."""
    if text is None:
        return ""
    segments = console.render(text, console.options.update(width=10_000))
    return " ".join("".join(segment.text for segment in segments).split())


def _print(console: "Console", text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
