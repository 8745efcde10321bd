/**
 * Frames between interfaces and this process without the network stack: AF_XDP (Documentation/networking/af_xdp.rst), the program
 * that steers to it what is a service proxy's, and the kernel's word on where frames go on. Needs CAP_BPF, CAP_NET_ADMIN and
 * CAP_NET_RAW.
 */
package io.pointsman.linux.xdp;
