package com.example.plainnft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Behaviour of this backend that the contract does not cover. */
class PlainNftBackendTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private static Backend open(LabHost node, Path stateDirectory, Map<String, String> settings)
            throws BackendException {
        return node.call(() -> new PlainNftProvider().open(new BackendConfig(stateDirectory, settings)));
    }

    @Test
    void shouldBeFoundByItsNameInMetaInf() {
        assertTrue(ServiceLoader.load(BackendProvider.class).stream()
                .anyMatch(provider -> provider.type() == PlainNftProvider.class));
    }

    @Test
    void shouldLeaveATableAloneThatIsNotInTheLedger() throws IOException, BackendException {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        node.run("nft", "add table ip plain-nft").outputOrFail();
        assertThrows(BackendException.class, () -> open(node, folder, Map.of()));
        final BackendConfig config = new BackendConfig(folder, Map.of());
        assertEquals(
                List.of(),
                node.call(() -> new PlainNftProvider().cleanup(config, false)).removed());
        assertTrue(node.run("nft", "list tables").outputOrFail().contains("table ip plain-nft"));
    }

    @Test
    void shouldRefuseSettingsThatItDoesNotKnow() throws IOException {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        final BackendException refused =
                assertThrows(BackendException.class, () -> open(node, folder, Map.of("speed", "high")));
        assertTrue(refused.getMessage().contains("speed"), refused::getMessage);
    }
}
