"""How a shell learns to complete commands and options: `sparkify --install-completion`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from cli.printing import show

Shell = Literal["bash", "zsh", "fish"]


def install_completion(
    *, shell: Annotated[Shell | None, Parameter(help="without it, the shell that this was typed in")] = None
) -> None:
    """Let a shell complete commands and options; for bash and zsh a line is added to .bashrc or .zshrc."""
    from cyclopts.completion import ShellDetectionError

    from cli.arguments import app

    try:
        file = app().install_completion(shell=shell)
    except ShellDetectionError as error:
        raise ValueError("it is not known which shell this is: name it with --shell") from error
    show(f"{file} is written: the next shell that you start completes sparkify")
