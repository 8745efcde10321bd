/** Interfaces, addresses, routes and routing rules, over rtnetlink ({@code include/uapi/linux/rtnetlink.h}). */
package io.pointsman.linux.route;
