/** Virtual servers and destinations over generic netlink ({@code include/uapi/linux/ip_vs.h}). */
@NullMarked
package io.pointsman.spi.ipvs.netlink;

import org.jspecify.annotations.NullMarked;
