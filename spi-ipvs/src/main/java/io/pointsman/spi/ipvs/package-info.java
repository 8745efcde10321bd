/**
 * The IPVS data plane: the kernel's virtual servers, programmed over generic netlink; their addresses on an interface of
 * our own; who may connect and whose source is rewritten in ipsets that a fixed handful of iptables rules consult.
 */
@NullMarked
package io.pointsman.spi.ipvs;

import org.jspecify.annotations.NullMarked;
