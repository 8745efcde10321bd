/**
 * Programs and maps for the kernel's BPF machine, assembled in Java and loaded by bpf(2). Needs CAP_BPF and CAP_NET_ADMIN.
 */
package io.pointsman.linux.bpf;
