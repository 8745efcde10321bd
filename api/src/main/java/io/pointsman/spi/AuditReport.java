package io.pointsman.spi;

import java.util.List;

/**
 * Differences between the state in force and the applied plan.
 *
 * @param findings one sentence for each difference; empty if there is none
 */
public record AuditReport(List<String> findings) {
    public AuditReport {
        findings = List.copyOf(findings);
    }

    public boolean isClean() {
        return findings.isEmpty();
    }
}
