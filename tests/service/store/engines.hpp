#pragma once

#include "service/store/engine/open.hpp"
#include "service/store/migrations.hpp"
#include "tests/support/postgrescluster.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace lm::store {

/// One for the whole test program: making one takes a second.
test::PostgresCluster& cluster();

/// A database of the test's own, on a real engine.
class Engines : public ::testing::TestWithParam<const char*> {
protected:
    Engines();
    bool onPostgres() const { return GetParam() == std::string("PostgreSQL"); }
    /// A new connection to it, as a further replica would have.
    std::unique_ptr<Connection> connect();
    /// The same, with the tables.
    std::unique_ptr<Connection> connectMigrated();
    static domain::UtcTime at(int seconds) { return fromUnixMs(1'767'225'600'000 + seconds * 1000LL); }

    const test::TemporaryDirectory directory_;
    std::string url_;
    Interrupt interrupt_;
    Limits limits_;
};

/// The value of an Outcome that must be there.
template <typename T> T must(Outcome<T> outcome) {
    if (outcome) return std::move(*outcome);
    ADD_FAILURE() << outcome.failure().message;
    throw std::runtime_error(outcome.failure().message);
}

#define ON_BOTH_ENGINES(Suite)                                                                               \
    INSTANTIATE_TEST_SUITE_P(Both, Suite, ::testing::Values("SQLite", "PostgreSQL"),                         \
                             [](const auto& tested) { return std::string(tested.param); })

} // namespace lm::store
