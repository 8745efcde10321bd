package io.pointsman.agent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.pointsman.nat.EngineConfig;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Allowed dependencies between the modules, and other rules for the code. */
class HouseRulesTest {
    private static final String API = "io.pointsman.model..";
    private static final String[] API_ALL = {"io.pointsman.model..", "io.pointsman.plan..", "io.pointsman.spi"};
    private static final String[] ENGINE = {"io.pointsman.conntrack..", "io.pointsman.nat..", "io.pointsman.packet.."};
    private static final String BACKENDS = "io.pointsman.spi.*..";
    private static final String KUBERNETES = "io.pointsman.kubernetes..";
    private static final String LINUX = "io.pointsman.linux..";
    private static final String AGENT = "io.pointsman.agent..";
    private static final String TESTSERVER = "io.pointsman.testserver..";
    private static final String EXAMPLES = "io.pointsman.examples..";
    private static final String LAB = "io.pointsman.lab..";

    private static final ArchCondition<JavaCodeUnit> TAKE_NO_BOOLEANS_IN_A_ROW =
            new ArchCondition<>("take no two booleans in a row, which a call would not tell apart") {
                @Override
                public void check(JavaCodeUnit unit, ConditionEvents events) {
                    final List<JavaClass> types = unit.getRawParameterTypes();
                    for (int i = 1; i < types.size(); i++) {
                        if (types.get(i - 1).isEquivalentTo(boolean.class)
                                && types.get(i).isEquivalentTo(boolean.class)) {
                            events.add(SimpleConditionEvent.violated(unit, unit.getDescription()));
                        }
                    }
                }
            };

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
    void shouldKeepTheResolversOwnViewOfEndpointsToItself() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.pointsman.plan..", "io.pointsman.testkit..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.pointsman.plan.tracking..")
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
                .resideOutsideOfPackages(AGENT, EXAMPLES, LAB)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(AGENT)
                .check(HOUSE);
    }

    @Test
    void shouldKnowNobodyAsTheTestServerAndServeOnlyTestsAndTheLab() {
        noClasses()
                .that()
                .resideInAPackage(TESTSERVER)
                .should()
                .dependOnClassesThat(resideInAPackage("io.pointsman..")
                        .and(resideInAPackage(TESTSERVER).negate()))
                .check(HOUSE);
        noClasses()
                .that()
                .resideOutsideOfPackages(TESTSERVER, LAB)
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
                        "io.pointsman.nat.NatEngine.makeTables()") // once for each engine, not for each packet
                .should()
                .haveModifier(JavaModifier.SYNCHRONIZED)
                .check(HOUSE);
    }

    /** A wall clock can step, so timeouts use System.nanoTime; dates are only for people and for files. */
    @Test
    void shouldReadTheWallClockOnlyForWhatIsShown() {
        noClasses()
                .that()
                .resideOutsideOfPackages(EXAMPLES, LAB, "io.pointsman.testkit..", "io.pointsman.agent.cli..")
                .and()
                .doNotHaveFullyQualifiedName(
                        "io.pointsman.nat.counters.EngineCounters") // the time of writing, for readers of the file
                .and()
                .doNotHaveFullyQualifiedName("io.pointsman.kubernetes.cluster.NodeEvents") // Events have a date
                .and()
                .doNotHaveFullyQualifiedName("io.pointsman.agent.Agent") // passes the clock to classes that show dates
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(InstantSource.class, "system")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Date.class, LocalDateTime.class)
                .check(HOUSE);
    }

    @Test
    void shouldTakeNoTwoBooleansInARowWhereThirdPartiesCall() {
        codeUnits()
                .that()
                .areDeclaredInClassesThat(resideInAnyPackage(API_ALL).or(belongToAnyOf(EngineConfig.class)))
                .and()
                .arePublic()
                .should(TAKE_NO_BOOLEANS_IN_A_ROW)
                .check(HOUSE);
    }

    @Test
    void shouldNoticeTwoBooleansInARow() {
        final JavaClasses faulty = new ClassFileImporter().importClasses(Switches.class);

        assertThatThrownBy(() -> codeUnits().should(TAKE_NO_BOOLEANS_IN_A_ROW).check(faulty))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Switches.<init>(int, boolean, boolean)");
        codeUnits()
                .that()
                .doNotHaveName("<init>")
                .should(TAKE_NO_BOOLEANS_IN_A_ROW)
                .check(faulty);
    }

    record Switches(int size, boolean loose, boolean liberal) {
        static Switches of(boolean loose, int size, boolean liberal) {
            return new Switches(size, loose, liberal);
        }
    }

    @Test
    void shouldPrintAndExitOnlyFromTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.pointsman.agent.cli..", EXAMPLES, LAB, "io.pointsman.testkit..") // prints why it skips
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
