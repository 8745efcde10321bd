package io.pointsman.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.ConfigException;
import io.pointsman.spi.BackendProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendSelectorTest {
    @Test
    void shouldTakeTheNamedOneWhenItCanRun() throws ConfigException {
        final var choice = selector(TestProvider.able("slow", 1), TestProvider.able("fast", 100))
                .select("slow");

        assertThat(choice.chosen().provider().name()).isEqualTo("slow");
        assertThat(choice.others()).containsExactly("fast: mode names another");
    }

    @Test
    void shouldTakeTheBestThatCanRunWhenAutoIsAsked() throws ConfigException {
        final var choice = selector(
                        TestProvider.able("slow", 1),
                        TestProvider.able("fast", 100),
                        TestProvider.unable("fastest", 200, "no kernel support"))
                .select("auto");

        assertThat(choice.chosen().provider().name()).isEqualTo("fast");
        assertThat(choice.others())
                .containsExactly("fastest (priority 200): can't run: no kernel support", "slow: has a lower priority");
    }

    @Test
    void shouldListWhatWasFoundWhenTheNameIsUnknown() {
        final var selector = new BackendSelector(new BackendCatalog(
                List.of(TestProvider.able("slow", 1), TestProvider.unable("fast", 9, "not root")),
                List.of("broken.Provider: class not found")));

        assertThatThrownBy(() -> selector.select("other"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("""
                        mode: no backend is called "other"; give auto or one of:
                          fast (priority 9): can't run: not root
                          slow (priority 1): can run: all there
                          not loaded: broken.Provider: class not found""");
    }

    @Test
    void shouldRefuseWhenTheNamedOneCantRun() {
        assertThatThrownBy(() ->
                        selector(TestProvider.unable("fast", 9, "not root")).select("fast"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("mode: \"fast\" can't run here: not root");
    }

    @Test
    void shouldRefuseWhenNoneCanRun() {
        assertThatThrownBy(() ->
                        selector(TestProvider.unable("fast", 9, "not root")).select("auto"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no backend can run here:\n  fast (priority 9): can't run: not root");
    }

    @Test
    void shouldRefuseWhenTwoAreTheBest() {
        assertThatThrownBy(
                        () -> selector(TestProvider.able("a", 9), TestProvider.able("b", 9), TestProvider.able("c", 1))
                                .select("auto"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("auto can't choose between a and b, both of priority 9");
    }

    @Test
    void shouldRefuseWhenTwoHaveOneName() {
        assertThatThrownBy(() -> selector(TestProvider.able("a", 9), TestProvider.able("a", 1))
                        .select("a"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("two backends are called \"a\"");
    }

    @Test
    void shouldSkipAndReportWhenAProviderFailsToLoad(@TempDir Path folder) throws IOException {
        final Path services = folder.resolve("META-INF/services");
        Files.createDirectories(services);
        Files.writeString(
                services.resolve(BackendProvider.class.getName()),
                "no.such.Provider\n" + FailingProvider.class.getName() + "\n");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, BackendSelectorTest.class.getClassLoader())) {
            final BackendCatalog catalog = BackendCatalog.load(ServiceLoader.load(BackendProvider.class, loader));

            assertThat(catalog.failures())
                    .anySatisfy(failure -> assertThat(failure).contains("no.such.Provider"))
                    .anySatisfy(failure -> assertThat(failure).contains("its library is missing"));
            assertThat(catalog.providers()).extracting(BackendProvider::name).contains("userspace");
        }
    }

    private static BackendSelector selector(BackendProvider... providers) {
        return new BackendSelector(new BackendCatalog(List.of(providers), List.of()));
    }
}
