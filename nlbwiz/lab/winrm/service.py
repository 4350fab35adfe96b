"""The WinRM service of one machine: what each WS-Management operation does, with the quotas of a user."""

import base64
import binascii
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from nlbwiz.lab.winrm import wsman
from nlbwiz.lab.winrm.commandline import PowerShell, has_path, understand
from nlbwiz.lab.winrm.configuration import Settings, configuration_xml
from nlbwiz.lab.winrm.shell import CONTROL_C_EXIT, Command, Run, Shell, encoding_of
from nlbwiz.lab.winrm.wsman import Message, WsmanFaultError

_NO_COMMAND = (
    "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist. "
    "Either the command has completed execution or the client specified an invalid command identifier. "
)
_ENVELOPE_OVERHEAD = 3000  # bytes of an answer that are not output


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who sends a request: the account as the machine spells it, the address, and the URL that was asked."""

    user: str
    address: str
    url: str


class Answered(NamedTuple):
    """The Action URI and the body of an answer."""

    action_uri: str
    inner: str


@dataclass(slots=True)
class Used:
    """What was used since the start."""

    shells: int = 0
    processes: int = 0


class Service:
    """Shells and commands of one machine; safe to call from every connection's thread."""

    def __init__(self, run: Run, settings: Settings) -> None:
        self._run = run
        self._settings = settings
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}
        self._used = Used()
        self._operations: dict[str, Callable[[Message, Client], Answered]] = {
            "Get": self._get,
            "Create": self._create,
            "Command": self._command,
            "Receive": self._receive,
            "Send": self._send,
            "Signal": self._signal,
            "Delete": self._delete,
        }

    def answer(self, message: Message, client: Client) -> Answered:
        """Do what `message` asks; raises WsmanFaultError."""
        operation = self._operations.get(message.action or "")
        if operation is None:
            raise WsmanFaultError(wsman.ACTION_UNKNOWN)
        if message.action != "Get" and message.resource != wsman.CMD_SHELL:
            raise WsmanFaultError(wsman.RESOURCE_UNKNOWN)
        return operation(message, client)

    @property
    def used(self) -> tuple[int, int, int]:
        """Shells made, shells open now, processes started."""
        with self._lock:
            self._expire()
            return self._used.shells, len(self._shells), self._used.processes

    def end(self) -> None:
        """End every shell: Receives that wait return, processes that write find nobody listening."""
        with self._lock:
            shells = list(self._shells.values())
            self._shells.clear()
        for shell in shells:
            shell.end()

    # ------------------------------------------------------------------------------------------------ operations

    def _create(self, message: Message, client: Client) -> Answered:
        wanted = message.body.find("rsp:Shell", wsman.NAMESPACES)
        if wanted is None:
            raise WsmanFaultError(wsman.SCHEMA_VALIDATION)
        idle_s = wsman.duration_s(wanted.findtext("rsp:IdleTimeOut", "PT7200S", wsman.NAMESPACES))
        if idle_s is None:
            raise WsmanFaultError(wsman.SCHEMA_VALIDATION)
        shell = Shell(
            id=wsman.new_id(),
            owner=client.user,
            client=client.address,
            environment={
                variable.get("Name", ""): variable.text or ""
                for variable in wanted.findall("rsp:Environment/rsp:Variable", wsman.NAMESPACES)
            },
            folder=wanted.findtext("rsp:WorkingDirectory", None, wsman.NAMESPACES),
            idle_s=idle_s,
            encoding=encoding_of(message.options.get("WINRS_CODEPAGE", "437")),
            input_streams=wanted.findtext("rsp:InputStreams", "stdin", wsman.NAMESPACES),
            output_streams=wanted.findtext("rsp:OutputStreams", "stdout stderr", wsman.NAMESPACES),
        )
        limit = self._settings.max_shells
        with self._lock:
            self._expire()
            if sum(other.owner == client.user for other in self._shells.values()) >= limit:
                text = (
                    f"The WS-Management service cannot process the request. This user is allowed a maximum number of "
                    f"{limit} concurrent shells, which has been exceeded. "
                    f"Close existing shells or raise the quota for this user. "
                )
                raise WsmanFaultError(wsman.SHELL_QUOTA, text)
            self._shells[shell.id] = shell
            self._used.shells += 1
        inner = (
            f"<x:ResourceCreated><a:Address>{escape(client.url)}</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{wsman.CMD_SHELL}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            f"</x:ResourceCreated>{shell_xml(shell)}"
        )
        return Answered(wsman.TRANSFER + "/CreateResponse", inner)

    def _get(self, message: Message, client: Client) -> Answered:
        if message.resource == wsman.CONFIG:
            inner = configuration_xml(self._settings)
        elif message.resource in (wsman.SHELL, wsman.CMD_SHELL):
            inner = shell_xml(self._shell(message, client))
        else:
            raise WsmanFaultError(wsman.RESOURCE_UNKNOWN)
        return Answered(wsman.TRANSFER + "/GetResponse", inner)

    def _command(self, message: Message, client: Client) -> Answered:
        shell = self._shell(message, client)
        wanted = message.body.find("rsp:CommandLine", wsman.NAMESPACES)
        if wanted is None:
            raise WsmanFaultError(wsman.SCHEMA_VALIDATION)
        words = [
            wanted.findtext("rsp:Command", "", wsman.NAMESPACES),
            *(item.text or "" for item in wanted.findall("rsp:Arguments", wsman.NAMESPACES)),
        ]
        line = " ".join(words).strip()
        without_cmd = message.options.get("WINRS_SKIP_CMD_SHELL", "").upper() == "TRUE"
        if without_cmd and not has_path(line):
            raise WsmanFaultError(wsman.FILE_NOT_FOUND)  # recorded from 2008 R2
        command = Command((wanted.get("CommandId") or wsman.new_id()).upper(), shell.encoding)
        limit = self._settings.max_operations
        with self._lock:
            # A command keeps its place in the quota until its shell is deleted: text shells do not give it back when
            # the command ends (MS-WSMV appendix A, note 118).
            if sum(other.operations for other in self._shells.values() if other.owner == client.user) >= limit:
                text = (
                    f"The WS-Management service cannot process the request. This user is allowed a maximum number of "
                    f"{limit} concurrent operations, which has been exceeded. "
                    f"Close existing operations for this user, or raise the quota for this user. "
                )
                raise WsmanFaultError(wsman.OPERATION_QUOTA, text)
            shell.operations += 1
            shell.commands[command.id] = command
            what = understand(line, without_cmd=without_cmd)
            self._used.processes += isinstance(what, PowerShell)
        command.start(what, self._run)
        inner = f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"
        return Answered(wsman.SHELL + "/CommandResponse", inner)

    def _receive(self, message: Message, client: Client) -> Answered:
        shell = self._shell(message, client)
        wanted = message.body.find("rsp:Receive/rsp:DesiredStream", wsman.NAMESPACES)
        if wanted is None:
            raise WsmanFaultError(wsman.SCHEMA_VALIDATION)
        command = self._command_of(shell, wanted.get("CommandId"))
        limit = min(message.max_envelope, self._settings.max_envelope_kb * 1024)
        room = max(1024, (limit - _ENVELOPE_OVERHEAD) * 3 // 4)  # base64 makes four bytes of three
        received = command.receive(message.timeout_s, room)
        shell.used = time.monotonic()
        if received is None:
            raise WsmanFaultError(wsman.TIMED_OUT)
        inner = "".join(
            f'<rsp:Stream Name="{stream}" CommandId="{command.id}">{base64.b64encode(data).decode()}</rsp:Stream>'
            for stream, data in received.pieces
        )
        state = f'<rsp:CommandState CommandId="{command.id}" State="{wsman.SHELL}/CommandState/'
        if received.exit_code is None:
            inner += f'{state}Running"></rsp:CommandState>'
        else:
            inner += "".join(
                f'<rsp:Stream Name="{stream}" CommandId="{command.id}" End="true"></rsp:Stream>'
                for stream in ("stdout", "stderr")
            )
            inner += f'{state}Done"><rsp:ExitCode>{received.exit_code}</rsp:ExitCode></rsp:CommandState>'
        return Answered(wsman.SHELL + "/ReceiveResponse", f"<rsp:ReceiveResponse>{inner}</rsp:ReceiveResponse>")

    def _send(self, message: Message, client: Client) -> Answered:
        shell = self._shell(message, client)
        for stream in message.body.findall("rsp:Send/rsp:Stream", wsman.NAMESPACES):
            command = self._command_of(shell, stream.get("CommandId"))
            try:
                data = base64.b64decode(stream.text or "", validate=True)
            except binascii.Error as error:
                raise WsmanFaultError(wsman.SCHEMA_VALIDATION) from error
            command.send(data, end=stream.get("End", "").lower() == "true")
        return Answered(wsman.SHELL + "/SendResponse", "<rsp:SendResponse></rsp:SendResponse>")

    def _signal(self, message: Message, client: Client) -> Answered:
        shell = self._shell(message, client)
        wanted = message.body.find("rsp:Signal", wsman.NAMESPACES)
        if wanted is None:
            raise WsmanFaultError(wsman.SCHEMA_VALIDATION)
        command = self._command_of(shell, wanted.get("CommandId"))
        command.interrupt(CONTROL_C_EXIT)
        # pywinrm writes `terminate`, pypsrp `Terminate`; ctrl_c leaves the command known.
        if wanted.findtext("rsp:Code", "", wsman.NAMESPACES).lower().endswith("/terminate"):
            with self._lock:
                shell.commands.pop(command.id, None)
        return Answered(wsman.SHELL + "/SignalResponse", "<rsp:SignalResponse/>")

    def _delete(self, message: Message, client: Client) -> Answered:
        shell = self._shell(message, client)
        with self._lock:
            self._shells.pop(shell.id, None)
        shell.end()
        return Answered(wsman.TRANSFER + "/DeleteResponse", "")

    # ---------------------------------------------------------------------------------------------------- look-up

    def _shell(self, message: Message, client: Client) -> Shell:
        with self._lock:
            self._expire()
            shell = self._shells.get(message.selectors.get("ShellId", "").upper())
        if shell is None:
            raise WsmanFaultError(wsman.INVALID_SELECTORS)
        if shell.owner != client.user:
            raise WsmanFaultError(wsman.ACCESS_DENIED)
        shell.used = time.monotonic()
        return shell

    def _command_of(self, shell: Shell, command_id: str | None) -> Command:
        with self._lock:
            command = shell.commands.get((command_id or "").upper())
        if command is None:
            raise WsmanFaultError(wsman.INVALID_SELECTORS, _NO_COMMAND)
        return command

    def _expire(self) -> None:
        for shell in [shell for shell in self._shells.values() if shell.expired]:
            del self._shells[shell.id]
            shell.end()


def shell_xml(shell: Shell) -> str:
    """The rsp:Shell element that Create and Get answer with."""
    variables = "".join(
        f'<rsp:Variable Name="{wsman.attribute(name)}">{escape(value)}</rsp:Variable>'
        for name, value in shell.environment.items()
    )
    environment = f"<rsp:Environment>{variables}</rsp:Environment>" if variables else ""
    folder = f"<rsp:WorkingDirectory>{escape(shell.folder)}</rsp:WorkingDirectory>" if shell.folder else ""
    now = time.monotonic()
    return (
        f'<rsp:Shell xmlns:rsp="{wsman.SHELL}"><rsp:ShellId>{shell.id}</rsp:ShellId>'
        f"<rsp:ResourceUri>{wsman.CMD_SHELL}</rsp:ResourceUri><rsp:Owner>{escape(shell.owner)}</rsp:Owner>"
        f"<rsp:ClientIP>{shell.client}</rsp:ClientIP>{environment}{folder}"
        f"<rsp:IdleTimeOut>PT{shell.idle_s:.3f}S</rsp:IdleTimeOut>"
        f"<rsp:InputStreams>{escape(shell.input_streams)}</rsp:InputStreams>"
        f"<rsp:OutputStreams>{escape(shell.output_streams)}</rsp:OutputStreams>"
        f"<rsp:ShellRunTime>{_elapsed(now - shell.made)}</rsp:ShellRunTime>"
        f"<rsp:ShellInactivity>{_elapsed(now - shell.used)}</rsp:ShellInactivity></rsp:Shell>"
    )


def _elapsed(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"P{days}DT{hour}H{minute}M{second}S"
