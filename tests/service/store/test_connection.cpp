#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <future>
#include <thread>

namespace lm::store {
namespace {

using std::chrono::milliseconds;

class Connections : public Engines {
protected:
    Failure refused(const std::string& sql, const Values& values = {}) {
        const auto rows = connectMigrated()->run(sql, values);
        EXPECT_FALSE(rows) << sql;
        return rows ? Failure{} : rows.failure();
    }
};

TEST_P(Connections, ReadNumbersTextAndNothing) {
    const auto rows = must(connect()->run("SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT)",
                                          {std::int64_t(-9007199254740993), "", Value()}));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(integerOf(rows[0][0]), -9007199254740993);
    EXPECT_EQ(rows[0][1], "");
    EXPECT_FALSE(rows[0][2]);
}

TEST_P(Connections, TellWhatWillNeverWorkFromWhatMay) {
    EXPECT_EQ(refused("INSERT INTO users (id) VALUES ('x')").kind, Failure::Kind::Refused);
    EXPECT_EQ(refused("INSERT INTO sessions (id, meeting_id, room_name, room_sid, status, created_at) "
                      "VALUES ('1', '2', '3', '4', 'MAYBE', 5)")
                  .kind,
              Failure::Kind::Refused);
    EXPECT_EQ(refused("SELECT 1 FROM nowhere").kind, Failure::Kind::Away) << "somebody can make the table";
}

TEST_P(Connections, RollBackWhatFails) {
    const auto db = connectMigrated();
    const auto failed = inTransaction(*db, [&]() -> Outcome<Done> {
        must(startSession(*db, {"RM_a", "room", "RM_a"}, at(1)));
        return Failure{Failure::Kind::Refused, ""};
    });
    EXPECT_FALSE(failed);
    EXPECT_FALSE(must(findSession(*db, "RM_a")));
    EXPECT_TRUE(db->begin()) << "no transaction is left open";
    must(db->commit());
}

TEST_P(Connections, GiveUpOnALockWhenTheTimeIsOver) {
    const auto holder = connectMigrated();
    must(holder->begin());
    must(startSession(*holder, {"RM_a", "room", "RM_a"}, at(1)));
    limits_.statement = milliseconds(30);
    const auto db = connect();
    const auto waited = inTransaction(*db, [&] {
        return startSession(*db, {"RM_a", "room", "RM_a"}, at(1));
    });
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.failure().kind, Failure::Kind::Away);
}

TEST_P(Connections, StopWaitingForALockAtTheInterrupt) {
    const auto holder = connectMigrated();
    must(holder->begin());
    must(startSession(*holder, {"RM_a", "room", "RM_a"}, at(1)));
    limits_.statement = std::chrono::minutes(10);
    auto waited = std::async(std::launch::async, [this, db = connect()] {
        return inTransaction(*db, [&] { return startSession(*db, {"RM_a", "room", "RM_a"}, at(1)); });
    });
    interrupt_.raise();
    const auto outcome = waited.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().kind, Failure::Kind::Away);
}

ON_BOTH_ENGINES(Connections);

class PostgresOnly : public ::testing::Test {
protected:
    Outcome<std::unique_ptr<Connection>> open(const std::string& url) {
        return connect(*parseAddress(url), limits_, interrupt_);
    }
    Interrupt interrupt_;
    Limits limits_;
};

TEST_F(PostgresOnly, AServerThatIsCutOffMakesTheConnectionUnusable) {
    const auto db = must(open(cluster().url()));
    cluster().stop();
    const auto rows = db->run("SELECT 1");
    cluster().start();
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.failure().kind, Failure::Kind::Away);
    EXPECT_FALSE(db->usable());
    EXPECT_FALSE(db->run("SELECT 1"));
    EXPECT_TRUE(open(cluster().url()));
}

TEST_F(PostgresOnly, AServerThatIsNotThereIsAway) {
    cluster().stop();
    const auto db = open(cluster().url());
    cluster().start();
    ASSERT_FALSE(db);
    EXPECT_EQ(db.failure().kind, Failure::Kind::Away);
}

TEST_F(PostgresOnly, AServerThatAcceptsAndSaysNothingIsGivenUp) {
    const OwnedFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener.get(), 8), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    limits_.connect = milliseconds(50);
    const std::string url =
        "postgresql://u:hunter2@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/d";
    const auto silent = open(url);
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.failure().kind, Failure::Kind::Away);
    EXPECT_NE(silent.failure().message.find("127.0.0.1"), std::string::npos) << silent.failure().message;
    limits_.connect = std::chrono::minutes(10);
    auto waiting = std::async(std::launch::async, [&] { return open(url); });
    interrupt_.raise();
    EXPECT_FALSE(waiting.get());
}

TEST_F(PostgresOnly, AStatementThatTakesTooLongIsGivenUp) {
    limits_.statement = milliseconds(50);
    const auto db = must(open(cluster().url()));
    const auto rows = db->run("SELECT pg_sleep(600)");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.failure().kind, Failure::Kind::Away);
    EXPECT_FALSE(db->usable()) << "its answer could still come and would be taken for another's";
}

TEST_F(PostgresOnly, AWrongPasswordIsAwayAndNotRepeated) {
    std::string url = cluster().url();
    url.replace(url.find("hunter2"), 7, "hunter3");
    const auto db = open(url);
    ASSERT_FALSE(db);
    EXPECT_EQ(db.failure().kind, Failure::Kind::Away);
    EXPECT_NE(db.failure().message.find("password authentication failed"), std::string::npos)
        << db.failure().message;
    EXPECT_EQ(db.failure().message.find("hunter"), std::string::npos) << db.failure().message;
}

TEST_F(PostgresOnly, ASchemaOfAnyNameIsMadeAndUsed) {
    const std::string query = "schema=odd%22%20Name%3B";
    must(migrate(*must(open(cluster().url(query))), shippedMigrations(), domain::UtcTime()));
    const auto rows =
        must(must(open(cluster().url()))
                 ->run("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'sessions'",
                       {"odd\" Name;"}));
    EXPECT_EQ(rows.size(), 1u);
}

TEST_F(PostgresOnly, LookingAloneMakesNoSchema) {
    const auto address = *parseAddress(cluster().url("schema=unmade"));
    const auto looking = must(connect(address, limits_, interrupt_, Access::ReadOnly));
    EXPECT_FALSE(must(pendingMigrations(*looking, shippedMigrations())).empty());
    EXPECT_TRUE(must(looking->run("SELECT 1 FROM pg_namespace WHERE nspname = 'unmade'")).empty());
}

class SqliteOnly : public PostgresOnly {
protected:
    const test::TemporaryDirectory directory_;
    const std::string path_ = directory_.path() / "x.db";
};

TEST_F(SqliteOnly, TheFileIsNotForEverybody) {
    must(migrate(*must(open("sqlite:" + path_)), shippedMigrations(), domain::UtcTime()));
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07, 0u);
}

TEST_F(SqliteOnly, AFileThatCannotBeOpenedIsNamed) {
    const auto db = open("sqlite:" + path_ + "/none/x.db");
    ASSERT_FALSE(db);
    EXPECT_EQ(db.failure().kind, Failure::Kind::Away);
    EXPECT_NE(db.failure().message.find(path_), std::string::npos) << db.failure().message;
}

TEST_F(SqliteOnly, LookingAloneMakesNoFile) {
    EXPECT_FALSE(connect(*parseAddress("sqlite:" + path_), limits_, interrupt_, Access::ReadOnly));
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteOnly, AReaderDoesNotWaitForAWriter) {
    const auto writer = must(open("sqlite:" + path_));
    must(migrate(*writer, shippedMigrations(), domain::UtcTime()));
    const auto reader = must(open("sqlite:" + path_));
    must(writer->begin());
    must(startSession(*writer, {"RM_a", "room", "RM_a"}, domain::UtcTime()));
    EXPECT_FALSE(must(findSession(*reader, "RM_a")));
    must(writer->commit());
    EXPECT_TRUE(must(findSession(*reader, "RM_a")));
}

} // namespace
} // namespace lm::store
