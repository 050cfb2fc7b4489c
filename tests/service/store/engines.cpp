#include "tests/service/store/engines.hpp"

#include <atomic>

namespace lm::store {

test::PostgresCluster& cluster() {
    static test::PostgresCluster only;
    return only;
}

Engines::Engines() {
    static std::atomic<int> databases{0};
    if (onPostgres())
        url_ = cluster().url("schema=test" + std::to_string(++databases));
    else
        url_ = "sqlite:" + (directory_.path() / "database.db").string();
}

std::unique_ptr<Connection> Engines::connect() {
    const auto address = parseAddress(url_);
    if (!address) throw std::runtime_error(address.error().message);
    return must(store::connect(*address, limits_, interrupt_));
}

std::unique_ptr<Connection> Engines::connectMigrated() {
    auto connection = connect();
    must(migrate(*connection, shippedMigrations(), at(0)));
    return connection;
}

} // namespace lm::store
