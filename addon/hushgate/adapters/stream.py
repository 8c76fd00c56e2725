"""The mitmproxy addon: joins each connection of a speaker to the engine.

It decides nothing: it names the device, chooses our layer at the first byte whatever it is, carries
out what the layer cannot do itself, and tells layers when something changed for their device.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from mitmproxy import ctx
from mitmproxy.connection import Client
from mitmproxy.proxy import layer, server_hooks
from mitmproxy.proxy.layers.dns import DNSLayer
from mitmproxy.proxy.mode_specs import ReverseMode

from hushgate.adapters import mitm
from hushgate.adapters.layer import Noticed, SpeakerLayer
from hushgate.core.engine import Engine
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, FlowKey, Instant, Transport


class StreamPlane:
    """Addon of the proxy."""

    STOCK: ClassVar = "nextlayer"
    """Name of the stock addon whose place it takes where that one is left out."""

    def __init__(
        self,
        engine: Engine,
        device_of: Callable[[str], Awaitable[DeviceId]],
        clock: Callable[[], Instant],
        *,
        name: str = STOCK,
    ) -> None:
        self.name = name
        self._engine = engine
        self._device_of = device_of
        self._clock = clock
        self._devices: dict[str, DeviceId] = {}
        """Device by client id, from connect to disconnect."""
        self._flows: dict[str, FlowKey] = {}
        """Flow by client id."""
        self._clients: dict[FlowKey, str] = {}

    async def client_connected(self, client: Client) -> None:
        """Find out which device is calling."""
        self._devices[client.id] = await self._device_of(client.peername[0])
        if (handler := mitm.handlers(ctx.master).get(client.id)) is not None:
            mitm.keep_alive(handler, client)
            mitm.read_large(handler, client)

    def next_layer(self, data: layer.NextLayer) -> None:
        """Give the connection our layer at its first byte."""
        client, server = data.context.client, data.context.server
        mode = client.proxy_mode
        if isinstance(mode, ReverseMode) and mode.scheme == "dns":
            data.layer = DNSLayer(data.context)
            return
        if len(data.context.layers) > 1 or server.address is None:
            return
        flow = FlowKey(
            self._devices.get(client.id, UNKNOWN_DEVICE),
            Transport.TCP,
            client.peername[0],
            client.peername[1],
            server.address[0],
            server.address[1],
        )
        self._flows[client.id] = flow
        self._clients[flow] = client.id
        data.layer = SpeakerLayer(data.context, self._engine, flow, self._clock)

    def server_connected(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Notice a server that vanished."""
        if (handler := mitm.handlers(ctx.master).get(data.client.id)) is not None:
            mitm.keep_alive(handler, data.server)
            mitm.read_large(handler, data.server)

    def client_disconnected(self, client: Client) -> None:
        """Forget the connection, however it ended."""
        self._devices.pop(client.id, None)
        flow = self._flows.pop(client.id, None)
        # Ports come round again: the flow may be another connection's by now.
        if flow is not None and self._clients.get(flow) == client.id:
            del self._clients[flow]
            self._engine.close(flow, self._clock())

    def reset_speaker(self, client: Client) -> None:
        """Carry out layer.ResetSpeaker."""
        if (handler := mitm.handlers(ctx.master).get(client.id)) is not None:
            mitm.reset(handler, client)

    def pause_reading(self, client: Client) -> None:
        """Carry out layer.PauseReading."""
        if (handler := mitm.handlers(ctx.master).get(client.id)) is not None:
            mitm.steer_reading(handler, client, paused=True)

    def resume_reading(self, client: Client) -> None:
        """Carry out layer.ResumeReading."""
        if (handler := mitm.handlers(ctx.master).get(client.id)) is not None:
            mitm.steer_reading(handler, client, paused=False)

    def sent_upstream(self, device: DeviceId) -> dict[str, int]:
        """Return what the kernel has sent to servers for a device, by open connection."""
        live = mitm.handlers(ctx.master)
        return {
            str(flow): mitm.sent_upstream(live[client])
            for flow, client in self._clients.items()
            if flow.device == device and client in live
        }

    async def notice(self, flows: Iterable[FlowKey]) -> None:
        """Have flows ask the engine what changed for them."""
        live = mitm.handlers(ctx.master)
        for flow in flows:
            handler = live.get(self._clients.get(flow))
            if handler is not None:
                await mitm.hand_event(handler, Noticed())
