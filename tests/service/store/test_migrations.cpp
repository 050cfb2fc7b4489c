#include "service/store/migrations.hpp"
#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"

#include <future>

namespace lm::store {
namespace {

class Migrations : public Engines {
protected:
    std::unique_ptr<Connection> db_ = connect();
    const std::vector<Migration> two_{
        {1, "0001-a.sql", "CREATE TABLE a (x BIGINT)"},
        {2, "0002-b.sql", "CREATE TABLE b (x BIGINT); CREATE TABLE c (x BIGINT)"}};

    std::vector<std::uint32_t> apply(std::span<const Migration> migrations) {
        std::vector<std::uint32_t> versions;
        for (const Migration& migration : must(migrate(*db_, migrations, at(1))))
            versions.push_back(migration.version);
        return versions;
    }
    Failure refusal(std::span<const Migration> migrations) {
        auto result = migrate(*db_, migrations, at(1));
        EXPECT_FALSE(result);
        return result ? Failure{} : result.failure();
    }
};

TEST_P(Migrations, AreAppliedOnceInOrder) {
    EXPECT_EQ(apply(std::span(two_).first(1)), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(apply(two_), (std::vector<std::uint32_t>{2}));
    EXPECT_EQ(apply(two_), std::vector<std::uint32_t>{});
    for (const char* table : {"a", "b", "c"})
        EXPECT_TRUE(must(db_->hasTable(table))) << table;
}

TEST_P(Migrations, AreShownWithoutAnyChange) {
    EXPECT_EQ(must(pendingMigrations(*db_, two_)).size(), 2u);
    EXPECT_FALSE(must(db_->hasTable("schema_migrations")));
    EXPECT_FALSE(must(db_->hasTable("a")));
    apply(std::span(two_).first(1));
    EXPECT_EQ(must(pendingMigrations(*db_, two_)).at(0).version, 2u);
}

TEST_P(Migrations, AreAllOrNothing) {
    auto broken = two_;
    broken[1].sql = "CREATE TABLE b (x BIGINT); CREATE TABLE oops (";
    const Failure failure = refusal(broken);
    EXPECT_NE(failure.message.find("0002-b.sql"), std::string::npos) << failure.message;
    EXPECT_FALSE(must(db_->hasTable("a")));
    EXPECT_FALSE(must(db_->hasTable("b")));
    EXPECT_EQ(apply(two_), (std::vector<std::uint32_t>{1, 2})) << "and can be applied when mended";
}

TEST_P(Migrations, OfANewerProgramAreRefused) {
    apply(two_);
    const Failure failure = refusal(std::span(two_).first(1));
    EXPECT_EQ(failure.kind, Failure::Kind::Unfit);
    EXPECT_NE(failure.message.find("version 2 (0002-b.sql)"), std::string::npos) << failure.message;
    EXPECT_NE(failure.message.find("newer"), std::string::npos);
}

TEST_P(Migrations, ThatWereAnotherWhenAppliedAreRefused) {
    apply(two_);
    auto changed = two_;
    changed[0].sql = "CREATE TABLE a (x BIGINT, y BIGINT)";
    const Failure failure = refusal(changed);
    EXPECT_EQ(failure.kind, Failure::Kind::Unfit);
    EXPECT_NE(failure.message.find("0001-a.sql"), std::string::npos) << failure.message;
}

TEST_P(Migrations, OfReplicasThatStartTogetherAreAppliedOnce) {
    const auto start = [&](std::unique_ptr<Connection> db) {
        return must(migrate(*db, shippedMigrations(), at(1))).size();
    };
    std::vector<std::future<std::size_t>> replicas;
    for (int i = 0; i < 4; ++i)
        replicas.push_back(std::async(std::launch::async, start, connect()));
    std::size_t applied = 0;
    for (auto& replica : replicas)
        applied += replica.get();
    EXPECT_EQ(applied, shippedMigrations().size());
    EXPECT_TRUE(startSession(*db_, {"RM_a", "room", "RM_a"}, at(1)));
}

ON_BOTH_ENGINES(Migrations);

TEST(ShippedMigrations, AreNumberedFromOne) {
    const auto& all = shippedMigrations();
    ASSERT_FALSE(all.empty());
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(all[i].version, i + 1) << all[i].name;
}

} // namespace
} // namespace lm::store
