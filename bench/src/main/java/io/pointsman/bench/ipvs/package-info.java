/** The IPVS backend beside ipvsadm, and what a change costs it. */
package io.pointsman.bench.ipvs;
