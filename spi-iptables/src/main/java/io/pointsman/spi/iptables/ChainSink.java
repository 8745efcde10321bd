package io.pointsman.spi.iptables;

/** Takes rendered chains. A chain's text is its rules, each without {@code -A name} and ending in a line feed. */
interface ChainSink {
    void put(String name, String text);

    void remove(String name);
}
