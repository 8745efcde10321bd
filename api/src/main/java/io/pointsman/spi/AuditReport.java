package io.pointsman.spi;

import java.util.List;

/**
 * Whether what is in force is what was applied.
 *
 * @param findings one sentence for each difference; empty when there is none
 */
public record AuditReport(List<String> findings) {
    public AuditReport {
        findings = List.copyOf(findings);
    }

    public boolean isClean() {
        return findings.isEmpty();
    }
}
