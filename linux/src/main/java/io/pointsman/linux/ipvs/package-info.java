/** Virtual servers and destinations over generic netlink ({@code include/uapi/linux/ip_vs.h}). */
@NullMarked
package io.pointsman.linux.ipvs;

import org.jspecify.annotations.NullMarked;
