package io.pointsman.bench.engine;

/** Key of the map baselines: a tuple. */
record BaselineKey(int source, int destination, int ports, byte protocol) {
    /** Returns the tuple of a benchmark's n-th flow; {@link Packets#write} writes the same one into a header. */
    static BaselineKey of(int flow) {
        return new BaselineKey(
                Packets.source(flow), Packets.destination(flow), Packets.ports(flow), (byte) Packets.TCP);
    }

    /** Returns the reply tuple, from one of 256 endpoints. */
    BaselineKey reply(int flow) {
        return new BaselineKey(0x0AC8_0000 + flow % 256, source, (8080 << 16) | (ports >>> 16), protocol);
    }

    @Override
    public int hashCode() {
        int hash = (source * 0x9E37_79B1) ^ Integer.rotateLeft(ports * 0x85EB_CA6B, 15) ^ destination;
        hash ^= hash >>> 16;
        return hash * 0xC2B2_AE35 + protocol;
    }
}
