/**
 * Frames between interfaces and this process without the network stack: AF_XDP (Documentation/networking/af_xdp.rst), the
 * program that steers a service proxy's frames to it, and the kernel's forwarding decision about frames to send. Needs
 * CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW.
 */
package io.pointsman.linux.xdp;
