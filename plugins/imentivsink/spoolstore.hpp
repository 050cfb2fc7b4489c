#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/ownedfd.hpp"
#include "plugins/imentivsink/spoolrecord.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lm::imentivsink {

/// A block on its way to the disk. `bytes`, `sha256` and `createdNs` of the record are filled in by the
/// store.
struct SpoolWrite {
    FileName name;
    Record record;
    std::vector<Ref<GBytes>> payload;
    std::optional<std::string> answer; // final: to the dead letters, with this beside it
    std::uint64_t size = 0;            // of the file, set when it was written
};

/// What a file in the spool is, besides its name.
struct SpoolFile {
    FileName name;
    std::uint64_t bytes = 0;
    std::int64_t createdS = 0; // UTC
};

struct SpoolLoaded {
    Record record;
    Ref<GBytes> payload;
};
/// Why a file was not loaded.
enum class SpoolTrouble {
    Gone,       // somebody took it away
    Bad,        // not what it should be; it is in bad/ now, or left where it is
    Unreadable, // descriptors or memory ran out: it will work later
    Failing,    // the disk failed: it may work later, or never
};
using SpoolRead = std::variant<SpoolLoaded, SpoolTrouble>;

struct SpoolCount {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// What there is and what went wrong, since the directory was opened.
struct SpoolNumbers {
    SpoolCount waiting;
    SpoolCount dead;
    std::optional<std::int64_t> oldestS; // UTC, when the oldest that waits was put there
    std::uint64_t partial = 0;           // half-written files that were removed
    std::uint64_t foreign = 0;           // entries that are not blocks
    std::uint64_t bad = 0;               // files that were not whole
    std::uint64_t gone = 0;              // files that somebody took away
    std::uint64_t refused = 0;           // blocks that found the spool full
    std::uint64_t unwritten = 0;         // blocks that the disk did not take
};

/// A spool directory and everything that is done in it. Every function may block for as long as the disk
/// does.
///
///     <directory>/            blocks that wait, one file each
///     <directory>/retry/      put here, a file is taken back among those that wait
///     <directory>/dead/       will not be delivered; <file>.answer: what the service said
///     <directory>/bad/        not readable as a block
///     <directory>/.lock       held by the process that uses the directory
///
/// A file has its name only once it is whole and on disk. Nothing here follows a symbolic link or opens what
/// is not a regular file of this user. What somebody removes of the directories while they are used is made
/// again: people tidy up.
class Store {
public:
    /// Makes the directory when there is none. An error names the directory and what to do.
    static Result<std::unique_ptr<Store>> open(const std::string& directory);

    struct Scan {
        std::uint64_t partial = 0; // half-written files of a process that was killed; they are removed
        std::uint64_t foreign = 0; // not ours: left alone
        bool whole = true;         // false: there may be more, the directory could not be read
    };
    /// Reads the directory; `found` is called for every block.
    Scan scan(const std::function<void(SpoolFile)>& found);

    /// Writes all of them and makes them durable together. The error, or nothing, for each; what failed left
    /// nothing behind.
    std::vector<std::optional<std::string>> write(std::vector<SpoolWrite>& blocks);
    SpoolRead read(const FileName& name);
    /// The file is to be looked at by somebody: it goes to bad/. False when it could not be moved.
    bool setAside(const FileName& name);
    /// The block was delivered.
    void remove(const FileName& name);
    /// Moves a block to the dead letters with `answer` beside it. False when it could not be moved.
    bool bury(const FileName& name, const std::string& answer);
    /// Takes in what lies in retry/; it counts as put there now.
    std::vector<SpoolFile> takeRetried();
    /// What lies in dead/, the bytes of the answers with it; counted again only when something has come or
    /// gone since.
    SpoolCount countDead();

private:
    Store() = default;
    std::optional<std::string> writeOne(SpoolWrite& block, const std::string& name);
    void remakeRoot();
    int folder(OwnedFd& held, const char* name);
    int retry() { return folder(retry_, "retry"); }
    int dead() { return folder(dead_, "dead"); }
    int bad() { return folder(bad_, "bad"); }

    std::string path_;
    OwnedFd root_, retry_, dead_, bad_, lock_;
    std::uint64_t serial_ = 0; // of temporary names
    SpoolCount deadCount_;
    std::optional<std::pair<std::int64_t, std::int64_t>>
        counted_; // the directory's time (s, ns) of that count
};

} // namespace lm::imentivsink
