"""The entry point of all commands: one line for an error, the right exit status, no traceback."""

from __future__ import annotations

import importlib.util

import pytest

from dicomkit import __version__
from dicomkit.cli import COMMANDS, main
from dicomkit.cli.arguments import ae_title, port_number


def test_without_a_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in COMMANDS)


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_asking_for_help_is_no_failure(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert "usage: dicomkit COMMAND" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dicomkit {__version__}\n"


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dcmdmup"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (
        captured.err
        == "dicomkit dcmdmup: dcmdmup: there is no such command; run 'dicomkit' to see them all\n"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_and_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert importlib.util.find_spec(f"dicomkit.cli.{command}") is not None
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: dicomkit {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--no-such-option"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"dicomkit {command}: command line: ")
    assert captured.err.endswith(f"; run 'dicomkit {command} --help'\n")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("text", ["0", "104", "65535"])
def test_a_port_number_is_read(text: str) -> None:
    assert port_number(text) == int(text)


@pytest.mark.parametrize("text", ["", "-1", "65536", "1e3", "http", "¹"])
def test_a_wrong_port_number_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="is not a port number between 0 and 65535"):
        port_number(text)


@pytest.mark.parametrize("text", ["", " " * 16, "SEVENTEEN_LETTERS", "A\\B", "Ä", "A\nB"])
def test_a_wrong_ae_title_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="is not an AE title"):
        ae_title(text)


def test_blanks_around_an_ae_title_mean_nothing() -> None:
    assert (
        ae_title(" HAUKE ") == "HAUKE"
    )  # PS3.5 section 6.2: leading and trailing spaces are not significant
