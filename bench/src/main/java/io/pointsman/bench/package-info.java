/** The benchmarks' command line: suites, their measurements, and the report with ratios within one run. */
package io.pointsman.bench;
