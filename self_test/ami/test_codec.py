"""The AMI codec: what is kept, what is refused, and that the network's cuts make no difference."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callgate.ami.codec import (
    MAX_BANNER,
    Banner,
    Decoder,
    Message,
    action_headers,
    encode_headers,
    parse_message,
    read_message,
)
from callgate.ami.errors import LocalProtocolError, RemoteProtocolError

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
HANGUP = (
    b"Event: Hangup\r\nPrivilege: call,all\r\nChannel: Local/Babs@Acme-00000000;1\r\n"
    b"ChanVariable: STASISSTATUS=SUCCESS\r\nChanVariable: FOO=a=b: c\r\nChanVariable: EMPTY=\r\n"
    b"Cause: 16\r\n\r\n"
)
COMMAND = (
    b"Response: Success\r\nActionID: 7\r\nMessage: Command output follows\r\n"
    b"Output: \r\nOutput:   indented: yes  \r\nOutput: last\r\n\r\n"
)


def decode(*chunks: bytes) -> list[Banner | Message]:
    decoder = Decoder()
    return [item for chunk in chunks for item in decoder.receive_data(chunk)]


def message(data: bytes) -> Message:
    items = decode(BANNER + data)
    assert len(items) == 2
    assert isinstance(items[1], Message)
    return items[1]


def test_banner() -> None:
    (banner,) = decode(BANNER)
    assert isinstance(banner, Banner)
    assert (banner.product, banner.version) == ("Asterisk Call Manager", "11.0.0")
    assert banner.text == "Asterisk Call Manager/11.0.0"


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"\r\n"])
def test_another_service_on_the_port_is_recognised(greeting: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="no Asterisk manager interface"):
        decode(greeting)


def test_repeated_headers_and_their_order_are_kept() -> None:
    hangup = message(HANGUP)
    assert hangup.event == "Hangup"
    assert not hangup.is_response
    assert hangup.get("cause") == "16"
    assert hangup.get("Missing") is None
    assert hangup.get("Missing", "x") == "x"
    assert hangup.get_all("CHANVARIABLE") == ("STASISSTATUS=SUCCESS", "FOO=a=b: c", "EMPTY=")
    assert [name for name, _ in hangup.headers][3:6] == ["ChanVariable"] * 3


def test_channel_variables() -> None:
    assert message(HANGUP).variables() == {"STASISSTATUS": "SUCCESS", "FOO": "a=b: c", "EMPTY": ""}


def test_no_channel_variable_at_all_is_not_an_empty_set_of_them() -> None:
    assert message(b"Event: Hangup\r\n\r\n").variables() is None


def test_the_other_channel_has_variables_of_its_own() -> None:
    event = message(b"Event: DialEnd\r\nChanVariable: X=1\r\nDestChanVariable: X=2\r\n\r\n")
    assert event.variables() == {"X": "1"}
    assert event.variables("DestChanVariable") == {"X": "2"}


def test_channel_variables_lose_the_escapes_that_asterisk_gave_them() -> None:
    event = message(b"Event: Hangup\r\n"
                    rb"ChanVariable: X=what\? \"a\\nb\"\n\t\z"
                    b"\r\n\r\n")
    assert event.variables() == {"X": 'what? "a\\nb"\n\t\\z'}


def test_variables_named_after_their_channel_are_taken_as_they_are() -> None:
    event = message(
        b"Event: OriginateResponse\r\nResponse: Failure\r\nActionID: 1\r\n"
        b"ChanVariable(IAX2/192.0.2.1:4569-7): X=a\\n: b\r\n\r\n"
    )
    assert event.variables("ChanVariable(IAX2/192.0.2.1:4569-7)") == {"X": "a\\n: b"}
    assert event.variables() is None


def test_an_event_with_a_response_header_is_no_response() -> None:
    event = message(b"Event: OriginateResponse\r\nActionID: 1\r\nResponse: Failure\r\n\r\n")
    assert not event.is_response
    assert event.response == "Failure"


def test_command_output_keeps_its_blanks() -> None:
    answer = message(COMMAND)
    assert answer.is_response
    assert answer.action_id == "7"
    assert answer.output == ("", "  indented: yes  ", "last")


def test_command_output_of_asterisk_before_14() -> None:
    answer = message(
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n  one: 1\ntwo\n--END COMMAND--\r\n\r\n"
    )
    assert answer.output == ("  one: 1", "two")
    assert answer.action_id == "7"


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (b"Name:value", ("Name", "value")),
        (b"Name:", ("Name", "")),
        (b"Name: ", ("Name", "")),
        (b"Name:  two blanks ", ("Name", " two blanks ")),
        (b"AppData: a\nb\r", ("AppData", "a\nb\r")),
        (b"no colon here", ("", "no colon here")),
    ],
)
def test_odd_lines(line: bytes, header: tuple[str, str]) -> None:
    assert message(b"Event: X\r\n" + line + b"\r\n\r\n").headers[1] == header


def test_spare_empty_lines_are_no_message() -> None:
    items = decode(BANNER + b"\r\n" + HANGUP + b"\r\n\r\n\r\n" + HANGUP + b"\r\n")
    assert len(items) == 3


def test_bytes_that_are_no_utf8_stay_distinct_and_go_into_json() -> None:
    event = message("Event: X\r\nA: zoë ".encode() + b"caf\xe9\r\n\r\n")
    assert event.get("A") == "zoë caf\\xe9"
    json.dumps(event.headers, ensure_ascii=False).encode()


def test_an_unfinished_message_is_known() -> None:
    decoder = Decoder()
    list(decoder.receive_data(BANNER + HANGUP))
    assert not decoder.in_message
    list(decoder.receive_data(b"Event: Han"))
    assert decoder.in_message


def test_a_banner_without_end_is_refused() -> None:
    decoder = Decoder()
    assert list(decoder.receive_data(b"x" * MAX_BANNER)) == []
    with pytest.raises(RemoteProtocolError, match="banner of more than 256 bytes"):
        list(decoder.receive_data(b"xxxx"))


@pytest.mark.parametrize("cut", [1, 7, 1000])
@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_the_largest_message(size: int, fits: bool, cut: int) -> None:
    body = b"A: ".ljust(size, b"x")
    data = BANNER + body + b"\r\n\r\n"
    decoder = Decoder(max_message=100)
    seen: list[Banner | Message] = []

    def feed() -> None:
        for at in range(0, len(data), cut):
            seen.extend(decoder.receive_data(data[at : at + cut]))

    if fits:
        feed()
        assert len(seen) == 2
    else:
        with pytest.raises(RemoteProtocolError, match="message of more than 100 bytes"):
            feed()


def test_a_message_without_end_is_not_collected_for_ever() -> None:
    decoder = Decoder(max_message=100)
    with pytest.raises(RemoteProtocolError):
        list(decoder.receive_data(BANNER + b"x" * 200))
    assert not decoder.in_message


def test_after_a_fault_nothing_is_read_any_more() -> None:
    decoder = Decoder()
    with pytest.raises(RemoteProtocolError):
        list(decoder.receive_data(b"nonsense\r\n"))
    with pytest.raises(RemoteProtocolError):
        list(decoder.receive_data(BANNER))


def test_data_is_taken_in_even_if_nobody_looks_at_the_messages_yet() -> None:
    decoder = Decoder()
    decoder.receive_data(BANNER)
    assert len(list(decoder.receive_data(HANGUP))) == 2


@st.composite
def chunked(draw: st.DrawFn, data: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


STREAM = BANNER + HANGUP + b"\r\n" + COMMAND + b"Event: caf\xe9\r\n\r\n" + HANGUP


@given(chunked(STREAM))
@example([STREAM[at : at + 1] for at in range(len(STREAM))])
def test_any_cut_of_the_bytes_gives_the_same_messages(chunks: list[bytes]) -> None:
    assert decode(*chunks) == decode(STREAM)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0:(")).filter(str.strip)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
PAIRS = st.tuples(NAMES, VALUES).filter(lambda pair: pair[0].strip().lower() not in {"action", "actionid"})


@given(st.lists(PAIRS))
def test_what_is_encoded_can_be_decoded(headers: list[tuple[str, str]]) -> None:
    sent = message(encode_headers(action_headers("Originate", headers, "id-1")))
    assert sent.headers == (("Action", "Originate"), ("ActionID", "id-1"), *headers)


@given(st.lists(st.binary() | st.sampled_from([b"\r\n", b"\r\n\r\n", b"Response: Follows", b": ", BANNER])))
def test_arbitrary_bytes_raise_nothing_but_a_protocol_error(chunks: list[bytes]) -> None:
    for start in (b"", BANNER):
        decoder = Decoder(max_message=64)
        try:
            for chunk in [start, *chunks]:
                for item in decoder.receive_data(chunk):
                    if isinstance(item, Message):
                        assert item.headers
                        json.dumps(item.headers, ensure_ascii=False).encode()
                        item.variables()
                        assert item.is_response in {True, False}
        except RemoteProtocolError:
            pass


def test_repeated_headers_can_be_sent() -> None:
    data = encode_headers(action_headers("Originate", [("Variable", "A=1"), ("Variable", "B=2")], "7"))
    assert data == b"Action: Originate\r\nActionID: 7\r\nVariable: A=1\r\nVariable: B=2\r\n\r\n"


@pytest.mark.parametrize("bad", ["\r", "\n", "\0"])
@pytest.mark.parametrize("place", ["action", "name", "value", "id"])
def test_line_breaks_and_nul_are_refused_everywhere(bad: str, place: str) -> None:
    parts = {"action": "Ping", "name": "Name", "value": "value", "id": "1"}
    parts[place] = f"a{bad}Action: Logoff"
    with pytest.raises(LocalProtocolError):
        action_headers(parts["action"], [(parts["name"], parts["value"])], parts["id"])


@pytest.mark.parametrize(
    ("action", "header", "complaint"),
    [
        ("", ("A", "b"), "needs a name"),
        (" ", ("A", "b"), "needs a name"),
        ("Ping", ("", "b"), "cannot be the name"),
        ("Ping", ("A: x", "b"), "cannot be the name"),
        ("Ping", ("actionid", "mine"), "set by Callgate"),
        ("Ping", ("A", "x\ny"), "'A' may not hold a line feed"),
        ("Ping", ("A", "\udce9"), "UTF-8"),
    ],
)
def test_what_cannot_be_sent(action: str, header: tuple[str, str], complaint: str) -> None:
    with pytest.raises(LocalProtocolError, match=complaint):
        action_headers(action, [header], "1")


@given(st.lists(st.sampled_from([
    "Event", "Response: Follows", ":", ": ", " ", "ChanVariable(IAX2/192.0.2.1:4569-7): A=1", "Output: a\nb",
    "Value: a\rb", "--END COMMAND--", "Variable: --END COMMAND--", "no colon", "a:b: c", "Value:  two",
    "\x85: \u2028", "\n: \r", "ä: ö"])
    | st.text(st.characters(exclude_characters="\r\n")), min_size=1))
@example(["Response: Follows", "one: 1--END COMMAND--"])
def test_messages_read_at_one_go_are_what_their_lines_say(lines: list[str]) -> None:
    assert read_message("\r\n".join(lines)) == parse_message(lines)
