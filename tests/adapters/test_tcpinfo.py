"""The kernel's own count of what was sent."""

import socket

from hushgate.adapters.tcpinfo import bytes_sent


def test_the_kernel_counts_what_a_connection_sent() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        peer, _ = server.accept()
        with peer:
            assert bytes_sent(client) == 0
            client.sendall(bytes(5_000))
            left = 5_000
            while left:
                left -= len(peer.recv(left))
            assert bytes_sent(client) == 5_000


def test_a_closed_socket_has_no_count() -> None:
    sock = socket.socket()
    sock.close()
    assert bytes_sent(sock) is None


def test_what_is_not_tcp_has_no_count() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert bytes_sent(sock) is None
