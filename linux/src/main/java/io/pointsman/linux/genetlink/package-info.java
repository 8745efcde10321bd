/** Generic netlink: families by name ({@code include/uapi/linux/genetlink.h}). */
package io.pointsman.linux.genetlink;
