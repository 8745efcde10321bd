package io.pointsman.agent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom. The order of the modules is a rule of the house; here it is checked. */
class HouseRulesTest {
    private static final String API = "io.pointsman.model..";
    private static final String[] API_ALL = {"io.pointsman.model..", "io.pointsman.plan..", "io.pointsman.spi"};
    private static final String[] ENGINE = {"io.pointsman.conntrack..", "io.pointsman.nat..", "io.pointsman.packet.."};
    private static final String BACKENDS = "io.pointsman.spi.*..";
    private static final String KUBERNETES = "io.pointsman.kubernetes..";
    private static final String LINUX = "io.pointsman.linux..";
    private static final String AGENT = "io.pointsman.agent..";
    private static final String TESTSERVER = "io.pointsman.testserver..";

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pointsman");

    @Test
    void shouldKnowOnlyTheJdkInTheApi() {
        classes()
                .that()
                .resideInAnyPackage(API_ALL)
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(API_ALL).or(resideInAnyPackage("java..", "org.jspecify.annotations..")))
                .check(HOUSE);
    }

    @Test
    void shouldKnowNoOtherModuleInTheEngine() {
        noClasses()
                .that()
                .resideInAnyPackage(ENGINE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BACKENDS, KUBERNETES, LINUX, AGENT, "io.pointsman.testkit..")
                .check(HOUSE);
    }

    @Test
    void shouldKnowOnlyTheModelInKubernetes() {
        noClasses()
                .that()
                .resideInAPackage(KUBERNETES)
                .should()
                .dependOnClassesThat(resideInAPackage("io.pointsman..")
                        .and(resideInAnyPackage(KUBERNETES, API).negate()))
                .check(HOUSE);
    }

    @Test
    void shouldBeKnownToNobodyAsABackend() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BACKENDS)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BACKENDS)
                .check(HOUSE);
        slices().matching("io.pointsman.spi.(*)..")
                .should()
                .notDependOnEachOther()
                .check(HOUSE);
    }

    @Test
    void shouldBeKnownToNobodyAsTheAgent() {
        noClasses()
                .that()
                .resideOutsideOfPackages(AGENT, "io.pointsman.examples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(AGENT)
                .check(HOUSE);
    }

    @Test
    void shouldKnowNobodyAsTheTestServerAndServeOnlyTestsAndExamples() {
        noClasses()
                .that()
                .resideInAPackage(TESTSERVER)
                .should()
                .dependOnClassesThat(resideInAPackage("io.pointsman..")
                        .and(resideInAPackage(TESTSERVER).negate()))
                .check(HOUSE);
        noClasses()
                .that()
                .resideOutsideOfPackages(TESTSERVER, "io.pointsman.examples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(TESTSERVER)
                .check(HOUSE);
    }

    @Test
    void shouldTouchForeignMemoryOnlyInLinuxAndTheEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.pointsman.linux..", ENGINE[0], ENGINE[1], ENGINE[2])
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(HOUSE);
    }

    @Test
    void shouldNeitherLockNorLogOnThePacketPath() {
        noClasses()
                .that()
                .resideInAnyPackage(ENGINE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.concurrent.locks..", "org.slf4j..", "java.util.logging..")
                .check(HOUSE);
        noMethods()
                .that()
                .areDeclaredInClassesThat(resideInAnyPackage(ENGINE))
                .and()
                .doNotHaveFullName(
                        "io.pointsman.nat.NatEngine.makeTables()") // once in an engine's life, not per packet
                .should()
                .haveModifier(JavaModifier.SYNCHRONIZED)
                .check(HOUSE);
    }

    @Test
    void shouldPrintAndExitOnlyFromTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.pointsman.agent.cli..",
                        "io.pointsman.examples..",
                        "io.pointsman.testkit..") // says why it skips
                .and()
                .doNotHaveFullyQualifiedName("io.pointsman.agent.Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(HOUSE);
    }
}
