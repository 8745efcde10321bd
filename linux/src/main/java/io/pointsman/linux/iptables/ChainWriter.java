package io.pointsman.linux.iptables;

import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chains of one family to the kernel, only those that changed, each entered in the ledger before it is made. The
 * kernel's chains are read if they are not known; after that, what was written tells what they are. Not thread-safe.
 */
public final class ChainWriter {
    private final RulePrograms programs;
    private final RuleLayout layout;
    private final Flavour flavour;
    private final IpFamily family;
    private final Map<String, ChainTexts> tables;
    private final Ledger ledger;
    private final RulesetGeneration generation;
    private final Set<String> rewritten = new HashSet<>();
    private final Map<String, Integer> lastWritten = new HashMap<>(); // rules by table; empty before the first write
    private Restore hooks;
    /** Whether the kernel has what is {@link ChainTexts#written}. */
    private boolean inStep;

    private int changes;

    /**
     * Creates a writer; writes nothing yet.
     *
     * @param tables chains by table, of all tables of the layout
     * @param ledger that takes kind {@link OwnedChain#KIND}
     */
    public ChainWriter(
            RulePrograms programs,
            RuleLayout layout,
            Flavour flavour,
            IpFamily family,
            Map<String, ChainTexts> tables,
            Ledger ledger,
            RulesetGeneration generation) {
        this.programs = programs;
        this.layout = layout;
        this.flavour = flavour;
        this.family = family;
        this.tables = Map.copyOf(tables);
        this.ledger = ledger;
        this.generation = generation;
        this.hooks = layout.restore();
    }

    private ChainTexts texts(String table) {
        final ChainTexts texts = tables.get(table);
        if (texts == null) {
            throw new IllegalArgumentException("no chains for table " + table);
        }
        return texts;
    }

    /** Whether the kernel's chains are known; else the next write reads them first. */
    public boolean isInStep() {
        return inStep;
    }

    /** Makes the next write read the chains first: another program may have changed them. */
    public void invalidate() {
        inStep = false;
    }

    /**
     * Writes the chains that changed. A table changes as a whole or not at all.
     *
     * @param found gets the kernel's tables by name, if they had to be read
     * @return null if the kernel has all changes, else the error output of the program
     */
    public @Nullable String write(Consumer<Map<String, SavedTable>> found) throws IOException {
        if (!inStep) {
            readBack(found);
        }
        final List<OwnedChain> made = new ArrayList<>();
        final List<OwnedChain> gone = new ArrayList<>();
        final Map<String, Integer> writing = new HashMap<>();
        for (String table : layout.tables()) {
            final Map<String, @Nullable String> changed = texts(table).changes();
            hooks.chains(table, changed);
            writing.put(
                    table, changed.values().stream().mapToInt(ChainTexts::rules).sum());
            rewritten.addAll(changed.keySet());
            changed.forEach(
                    (name, text) -> (text == null ? gone : made).add(new OwnedChain(flavour, family, table, name)));
        }
        if (hooks.isEmpty()) {
            return null;
        }
        ledger.enter(OwnedChain.KIND, made);
        final int size = hooks.size();
        final String text = hooks.text();
        inStep = false; // should it fail, one table may have changed and the other not
        final int transactions = hooks.tables();
        hooks = layout.restore();
        final OptionalInt before = generation.current(family);
        final ProgramResult result = programs.restore(flavour, family, text);
        if (!result.isSuccess()) {
            return result.complaint();
        }
        inStep = true;
        generation.wrote(family, before, transactions);
        tables.values().forEach(ChainTexts::committed);
        ledger.strike(OwnedChain.KIND, gone);
        changes += size;
        lastWritten.putAll(writing);
        return null;
    }

    private Map<String, SavedTable> saved() throws IOException {
        return programs.save(flavour, family, layout.tables());
    }

    /** Reads the kernel's chains, and finds hooks that are missing or superfluous. */
    private void readBack(Consumer<Map<String, SavedTable>> found) throws IOException {
        generation.reading(family);
        final Map<String, SavedTable> saved = saved();
        found.accept(saved);
        hooks = layout.restore();
        final List<OwnedChain> there = new ArrayList<>();
        for (String table : layout.tables()) {
            final SavedTable now = layout.in(saved, table);
            texts(table).found(now.chains());
            now.chains().keySet().forEach(name -> there.add(new OwnedChain(flavour, family, table, name)));
            hooks.hooks(table, now.compare(layout.hooks(table)));
        }
        ledger.enter(OwnedChain.KIND, there);
        // Chains entered by a run that was killed before it made them.
        ledger.strike(
                OwnedChain.KIND,
                ledger.owned(OwnedChain.KIND).stream()
                        .filter(chain -> chain.flavour() == flavour && chain.family() == family)
                        .filter(Predicate.not(Set.copyOf(there)::contains))
                        .toList());
        inStep = true;
    }

    /** Returns one sentence for each difference between the kernel's rules and those written, up to a limit. */
    public List<String> differences() throws IOException {
        final Map<String, Map<String, String>> written = new HashMap<>();
        tables.forEach((table, texts) -> written.put(table, texts.written()));
        return RuleAudit.differences(layout, family, written, saved());
    }

    /** Returns the number of chains and hooks written since the last call. */
    public int takeChanges() {
        final int taken = changes;
        changes = 0;
        return taken;
    }

    /** Returns the chains whose counters may have started at 0 again since the last call. */
    public Set<String> takeRewritten() {
        final Set<String> taken = Set.copyOf(rewritten);
        rewritten.clear();
        return taken;
    }

    /** Returns the number of rules in the kernel by table, those of hooks included; empty before the first write. */
    public Map<String, Integer> rules() {
        final Map<String, Integer> rules = new HashMap<>();
        lastWritten
                .keySet()
                .forEach(table -> rules.put(
                        table, texts(table).rules() + layout.hooks(table).size()));
        return rules;
    }

    /** Returns the number of rules in the last write, by table; empty before the first. */
    public Map<String, Integer> lastWritten() {
        return Map.copyOf(lastWritten);
    }
}
