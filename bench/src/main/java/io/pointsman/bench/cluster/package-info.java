/** An agent on a cluster of many Services: how soon it serves, what it takes, and what a change costs, beside one that reads files. */
package io.pointsman.bench.cluster;
