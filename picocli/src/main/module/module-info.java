/** picocli, by the name that its own JAR has as a module. Its sources are published without a descriptor. */
module info.picocli {
    requires static java.sql;

    exports picocli;
}
