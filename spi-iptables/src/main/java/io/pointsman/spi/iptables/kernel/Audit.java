package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.RuleAudit;
import io.pointsman.linux.iptables.SavedTable;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares the kernel's rules with those that we wrote. */
public final class Audit {
    private final IptablesHost kernel;
    private final Flavour flavour;

    public Audit(IptablesHost kernel, Flavour flavour) {
        this.kernel = kernel;
        this.flavour = flavour;
    }

    /** One sentence for each difference, as many as {@link RuleAudit#shortened} leaves. */
    public List<String> run(FamilyRules rules) throws IOException {
        final Map<String, SavedTable> saved = kernel.rules().save(flavour, rules.family(), Table.words());
        final List<String> findings = new ArrayList<>();
        for (Table table : Table.values()) {
            findings.addAll(RuleAudit.differences(
                    rules.family() + " table " + table.word() + ": ",
                    table.hooks(),
                    rules.table(table).written(),
                    table.in(saved)));
        }
        return RuleAudit.shortened(findings);
    }
}
