package com.example.plainnft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The ledger: a file with the names of this backend's tables, written before they are created. A table that it does not
 * name belongs to another program, whatever its name.
 */
final class OwnTables {
    private final Path file;

    OwnTables(Path stateDirectory) {
        this.file = stateDirectory.resolve("tables");
    }

    /** Enters the tables, which are about to be created. */
    void enter() throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.write(file, Ruleset.TABLES);
        }
    }

    /** Returns existing tables with this backend's names that are not in the ledger. */
    List<String> foreign() throws IOException {
        return Files.exists(file) ? List.of() : present(Ruleset.TABLES);
    }

    private static List<String> present(List<String> tables) throws IOException {
        final List<String> present = new ArrayList<>();
        for (String table : tables) {
            final String[] words = table.split(" ", 2);
            if (Nft.run("", "list", "table", words[0], words[1]).isSuccess()) {
                present.add(table);
            }
        }
        return present;
    }

    /** Removes all existing tables that the ledger names, in one transaction; a dry run only lists them. */
    List<String> remove(boolean dryRun) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        final List<String> tables = present(Files.readAllLines(file));
        if (!dryRun) {
            final StringBuilder text = new StringBuilder();
            tables.forEach(table -> text.append("delete table ").append(table).append('\n'));
            final Nft.Result result = Nft.run(text.toString(), "-f", "-");
            if (!result.isSuccess()) {
                throw new IOException(result.complaint());
            }
            Files.delete(file);
        }
        return tables.stream().map(table -> "nft table " + table).toList();
    }
}
