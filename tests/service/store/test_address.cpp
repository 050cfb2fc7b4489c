#include "service/store/engine/address.hpp"

#include <gtest/gtest.h>

namespace lm::store {
namespace {

std::string pathOf(const std::string& url) {
    const auto address = parseAddress(url);
    if (!address) return "refused";
    return std::get<SqliteAddress>(address->target).path;
}

PostgresAddress postgres(const std::string& url) {
    const auto address = parseAddress(url);
    if (!address) throw std::runtime_error(address.error().message);
    return std::get<PostgresAddress>(address->target);
}

TEST(Address, OfAFileHasEveryUsualForm) {
    EXPECT_EQ(pathOf("sqlite:./storage/x.db"), "./storage/x.db");
    EXPECT_EQ(pathOf("sqlite:/var/x.db"), "/var/x.db");
    EXPECT_EQ(pathOf("sqlite:///var/x.db"), "/var/x.db");
    EXPECT_EQ(pathOf("file:./dev.db"), "./dev.db");
    EXPECT_EQ(pathOf("file:///var/x.db?connection_limit=1"), "/var/x.db");
}

TEST(Address, OfAServerIsPrismasOrLibpqs) {
    const auto address =
        postgres("postgresql://user:pa%40ss@db.example.org:5433/live?schema=my%20one&sslmode=require");
    EXPECT_EQ(address.schema, "my one");
    EXPECT_EQ(address.uri, "postgresql://user:pa%40ss@db.example.org:5433/live?sslmode=require");
    EXPECT_EQ(address.place, "db.example.org:5433/live");
    EXPECT_EQ(postgres("postgres://user@h/d").schema, "");
}

TEST(Address, NotesWhatOfPrismaHasNoEffect) {
    const auto address = parseAddress("postgresql://h/d?connection_limit=5&schema=public&pgbouncer=true");
    ASSERT_TRUE(address);
    ASSERT_EQ(address->notes.size(), 2u);
    EXPECT_NE(address->notes[0].find("connection_limit"), std::string::npos);
    EXPECT_NE(address->notes[1].find("pgbouncer"), std::string::npos);
    EXPECT_TRUE(parseAddress("postgresql://h/d?schema=public")->notes.empty());
    EXPECT_EQ(parseAddress("file:./dev.db?connection_limit=1")->notes.size(), 1u);
}

TEST(Address, ThatIsNoneSaysWhatIsWrongAndNoSecret) {
    for (const char* url :
         {"mysql://u:hunter2@h/d", "hunter2", "", "sqlite:", "sqlite://hunter2/x",
          "sqlite::memory:", "postgresql://u:hunter2@h:port/d?x", "postgresql://u:hunter2%zz@h/d",
          "postgresql://u:hunter2@[::1/d", "postgresql://u:hunter2@h/d?hunter2%20=1",
          "postgresql://u@h/d?schema=", "postgresql://u:h?unter2@h/d"}) {
        const auto address = parseAddress(url);
        ASSERT_FALSE(address) << url;
        EXPECT_EQ(address.error().where, "DATABASE_URL");
        EXPECT_TRUE(address.error().message.starts_with("DATABASE_URL must be ")) << address.error().message;
        EXPECT_EQ(address.error().message.find("unter2"), std::string::npos) << address.error().message;
    }
}

TEST(Address, NamesAParameterThatNobodyKnows) {
    const auto address = parseAddress("postgresql://u:hunter2@h/d?shcema=public");
    ASSERT_FALSE(address);
    EXPECT_NE(address.error().message.find("shcema"), std::string::npos) << address.error().message;
}

TEST(Address, IsShownWithoutUserAndPassword) {
    EXPECT_EQ(placeOf(*parseAddress("postgresql://user:hunter2@h/d")), "h:5432/d");
    EXPECT_EQ(placeOf(*parseAddress("sqlite:./x.db")), "./x.db");
}

} // namespace
} // namespace lm::store
