package io.pointsman.spi.nftables.render;

/** Whether established connections are forwarded past routing and rules, by a flowtable. */
public enum FastPath {
    OFF,
    ON
}
