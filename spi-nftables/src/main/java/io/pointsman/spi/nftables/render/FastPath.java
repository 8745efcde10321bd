package io.pointsman.spi.nftables.render;

/** Whether a flowtable forwards established connections, past routing and rules. */
public enum FastPath {
    OFF,
    ON
}
