#include "plugins/imentivsink/spoolstore.hpp"
#include "tests/plugins/imentivsink/spooldirectory.hpp"
#include "tests/support/rounds.hpp"

#include "plugins/imentivsink/encoding.hpp"
#include "plugins/imentivsink/spoolindex.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace lm::test {
namespace {

using namespace lm::imentivsink;
namespace fs = std::filesystem;

constexpr auto kSession = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6";

SpoolWrite block(std::uint64_t sequence, const std::string& payload) {
    SpoolWrite write;
    Record& r = write.record;
    r.endpoint = "http://h/in";
    r.block.sequence = sequence;
    r.session = kSession;
    r.headers = requestHeaders(r.identity, r.block, idempotencyKey(kSession, sequence));
    r.query = requestQuery(r.identity, r.block.format);
    r.contentType = "audio/wav";
    write.name = {1, kSession, routeOf(r.endpoint), sequence};
    write.payload.push_back(Ref<GBytes>::adopt(g_bytes_new(payload.data(), payload.size())));
    return write;
}

class SpoolStoreTest : public ::testing::Test {
protected:
    FileName put(std::uint64_t sequence, const std::string& payload) {
        std::vector<SpoolWrite> blocks;
        blocks.push_back(block(sequence, payload));
        EXPECT_FALSE(store_->write(blocks)[0]);
        return blocks[0].name;
    }
    void expectBad(const FileName& name) {
        const auto read = store_->read(name);
        ASSERT_TRUE(std::holds_alternative<SpoolTrouble>(read));
        EXPECT_EQ(std::get<SpoolTrouble>(read), SpoolTrouble::Bad);
    }
    SpoolDirectory directory_;
    std::unique_ptr<Store> store_ = std::move(*Store::open(directory_.path()));
};

TEST_F(SpoolStoreTest, ReadsBackWhatItWrote) {
    const std::string payload(100'000, 'p');
    const auto name = put(3, payload);
    const auto read = store_->read(name);
    ASSERT_TRUE(std::holds_alternative<SpoolLoaded>(read));
    const auto& loaded = std::get<SpoolLoaded>(read);
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(loaded.payload.get(), &size));
    EXPECT_EQ(std::string(data, size), payload);
    EXPECT_EQ(loaded.record.block.sequence, 3U);
    store_->remove(name);
    EXPECT_EQ(std::get<SpoolTrouble>(store_->read(name)), SpoolTrouble::Gone);
}

TEST_F(SpoolStoreTest, FindsTheBlocksOfAThousandTracksInOrder) {
    constexpr std::uint64_t tracks = 1000, blocks = rounds(100);
    const auto original = put(0, "payload");
    std::ifstream in(directory_.file(original.text()), std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    store_->remove(original);
    for (std::uint64_t track = 0; track < tracks; ++track)
        for (std::uint64_t sequence = blocks; sequence-- > 0;) {
            const FileName name{track, kSession, original.route, sequence};
            std::ofstream(directory_.file(name.text()), std::ios::binary) << whole;
        }
    SpoolIndex index;
    store_->scan([&](SpoolFile file) {
        index.add({file.name.startedUs, file.name.session, file.name.route},
                  {file.name.sequence, file.bytes, file.createdS});
    });
    index.seal();
    ASSERT_EQ(index.totals().blocks, tracks * blocks);
    EXPECT_EQ(index.totals().bytes, tracks * blocks * whole.size());
    std::vector<std::uint64_t> next(tracks);
    while (const auto head = index.next(original.route, Clock::now())) {
        ASSERT_EQ(head->item.sequence, next.at(head->lane.startedUs)++);
        index.done(*head);
    }
    EXPECT_EQ(next, std::vector<std::uint64_t>(tracks, blocks));
}

TEST_F(SpoolStoreTest, AFileThatIsCutOrChangedIsSetAside) {
    const auto cut = put(0, "0123456789"), changed = put(1, "0123456789"), empty = put(2, "x");
    fs::resize_file(directory_.file(cut.text()), fs::file_size(directory_.file(cut.text())) - 1);
    std::fstream(directory_.file(changed.text()), std::ios::in | std::ios::out)
        .seekp(-1, std::ios::end)
        .put('X');
    fs::resize_file(directory_.file(empty.text()), 0);
    for (const auto& name : {cut, changed, empty})
        expectBad(name);
    EXPECT_EQ(directory_.blocks("bad").size(), 3U);
    EXPECT_TRUE(directory_.blocks().empty());
}

TEST_F(SpoolStoreTest, ALinkOrADirectoryIsNotFollowed) {
    const auto target = put(0, "secret");
    FileName link = target;
    link.sequence = 1;
    fs::create_symlink(directory_.file(target.text()), directory_.file(link.text()));
    FileName folder = target;
    folder.sequence = 2;
    fs::create_directory(directory_.file(folder.text()));
    std::ofstream(directory_.file("notes.txt")) << "junk";
    std::ofstream(directory_.file(".tmp0")) << "half";
    std::vector<std::uint64_t> found;
    const auto scan = store_->scan([&](const SpoolFile& file) { found.push_back(file.name.sequence); });
    EXPECT_EQ(found, (std::vector<std::uint64_t>{0}));
    EXPECT_EQ(scan.foreign, 3U);
    EXPECT_EQ(scan.partial, 1U);
    EXPECT_FALSE(fs::exists(directory_.file(".tmp0")));
    EXPECT_TRUE(fs::exists(directory_.file("notes.txt")));
    expectBad(link);
    expectBad(folder);
}

TEST_F(SpoolStoreTest, ASecondProcessIsRefused) {
    EXPECT_FALSE(Store::open(directory_.path()));
}

TEST_F(SpoolStoreTest, ADirectoryThatCannotBeWrittenToFailsTheBlockAndLeavesNothing) {
    std::vector<SpoolWrite> blocks;
    blocks.push_back(block(0, "x"));
    // A directory in the place of the file: nobody, not even root, can rename over it.
    fs::create_directory(directory_.file(blocks[0].name.text()));
    EXPECT_TRUE(store_->write(blocks)[0]);
    for (const auto& entry : fs::directory_iterator(directory_.path()))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".tmp")) << entry.path();
}

TEST_F(SpoolStoreTest, ABlockThatItWouldNotReadBackIsNotWritten) {
    constexpr gsize piece = 1U << 20;
    const auto bytes = Ref<GBytes>::adopt(g_bytes_new_take(g_malloc0(piece), piece));
    std::vector<SpoolWrite> blocks;
    blocks.push_back(block(0, "x"));
    blocks[0].payload.insert(blocks[0].payload.end(), kMaxRecordPayload / piece, bytes);
    blocks.push_back(block(1, "the next one"));
    const auto errors = store_->write(blocks);
    ASSERT_TRUE(errors[0]);
    EXPECT_NE(errors[0]->find("too large"), std::string::npos) << *errors[0];
    EXPECT_FALSE(errors[1]) << *errors[1];
    EXPECT_EQ(directory_.blocks(), std::vector<std::string>{blocks[1].name.text()});
}

TEST_F(SpoolStoreTest, FoldersThatSomebodyRemovedOrMovedAwayAreMadeAgain) {
    const auto first = put(0, "x"), second = put(1, "x"), empty = put(2, "x");
    ASSERT_TRUE(store_->bury(first, "why"));
    fs::remove_all(directory_.file("dead"));
    fs::remove_all(directory_.file("bad"));
    fs::rename(directory_.file("retry"), directory_.file("retry.old"));
    EXPECT_TRUE(store_->bury(second, "why"));
    EXPECT_EQ(directory_.blocks("dead"), std::vector<std::string>{second.text()});
    EXPECT_EQ(store_->countDead().files, 1U);
    fs::resize_file(directory_.file(empty.text()), 0);
    expectBad(empty);
    EXPECT_EQ(directory_.blocks("bad"), std::vector<std::string>{empty.text()});
    EXPECT_TRUE(store_->takeRetried().empty());
    fs::rename(directory_.file("dead/" + second.text()), directory_.file("retry/" + second.text()));
    EXPECT_EQ(store_->takeRetried().size(), 1U);
    fs::remove_all(directory_.file("dead"));
    std::vector<SpoolWrite> dead;
    dead.push_back(block(3, "x"));
    dead[0].answer = "why";
    EXPECT_FALSE(store_->write(dead)[0]);
    EXPECT_EQ(directory_.blocks("dead"), std::vector<std::string>{dead[0].name.text()});
}

TEST_F(SpoolStoreTest, ADirectoryThatSomebodyRemovedIsMadeAgainForTheNextBlock) {
    const auto lost = put(0, "x");
    fs::remove_all(directory_.path());
    const auto kept = put(1, "x");
    EXPECT_EQ(directory_.blocks(), std::vector<std::string>{kept.text()});
    EXPECT_EQ(std::get<SpoolTrouble>(store_->read(lost)), SpoolTrouble::Gone);
    EXPECT_FALSE(Store::open(directory_.path())) << "it is this process's again";
}

/// As long as the daemon takes them, and every byte of them is percent-encoded, twice in some lines.
TEST_F(SpoolStoreTest, ABlockOfTheLongestNamesIsWrittenAndReadBack) {
    std::string name;
    while (name.size() < 4096)
        name += "ë";
    SpoolWrite write = block(0, "x");
    write.record.identity = {name, name, name};
    write.record.headers =
        requestHeaders(write.record.identity, write.record.block, idempotencyKey(kSession, 0));
    write.record.query = requestQuery(write.record.identity, write.record.block.format);
    std::vector<SpoolWrite> blocks;
    blocks.push_back(std::move(write));
    const auto error = store_->write(blocks)[0];
    ASSERT_FALSE(error) << *error;
    const auto read = store_->read(blocks[0].name);
    ASSERT_TRUE(std::holds_alternative<SpoolLoaded>(read));
    EXPECT_EQ(std::get<SpoolLoaded>(read).record.identity.participant, name);
}

TEST_F(SpoolStoreTest, CountsDeadLettersAgainOnlyWhenOneCameOrWent) {
    const auto first = put(0, "0123456789"), second = put(1, "0123456789");
    const std::string answer(60'000, 'x'); // for a small block it is most of what is kept
    ASSERT_TRUE(store_->bury(first, answer));
    const fs::path folder = directory_.file("dead"), file = folder / first.text();
    const auto size = fs::file_size(file);
    const auto longAgo = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(folder, longAgo);
    EXPECT_EQ(store_->countDead().files, 1U);
    fs::resize_file(file, 2 * size); // nothing does that: it shows who looks
    EXPECT_EQ(store_->countDead().bytes, size + answer.size()) << "nobody looked at the files";
    ASSERT_TRUE(store_->bury(second, answer));
    EXPECT_EQ(store_->countDead().files, 2U);
    EXPECT_EQ(store_->countDead().bytes, 3 * size + 2 * answer.size());
    fs::remove(file);
    EXPECT_EQ(store_->countDead().files, 1U);
}

TEST_F(SpoolStoreTest, CountsADeadLetterThatCameWithinTheGranularityOfTheDirectorysTime) {
    ASSERT_TRUE(store_->bury(put(0, "x"), "why"));
    const auto counted = fs::last_write_time(directory_.file("dead"));
    EXPECT_EQ(store_->countDead().files, 1U);
    ASSERT_TRUE(store_->bury(put(1, "x"), "why"));
    fs::last_write_time(directory_.file("dead"), counted);
    EXPECT_EQ(store_->countDead().files, 2U);
}

} // namespace
} // namespace lm::test
