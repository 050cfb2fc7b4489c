#include "plugins/imentivsink/spoolstore.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lm::imentivsink {
namespace {

constexpr std::string_view kPartial = ".tmp";
constexpr std::string_view kAnswer = ".answer";
constexpr mode_t kDirectoryMode = 0700; // what people said is in there
constexpr mode_t kFileMode = 0600;
constexpr std::size_t kMaxAdopted = 4096; // files out of retry/ at a time
constexpr std::int64_t kGranularity = 3;  // seconds: of the times of any file system, with a margin

std::string reason(const char* what) {
    return std::string(what) + ": " + g_strerror(errno);
}

struct CloseDirectory {
    void operator()(DIR* d) const { closedir(d); }
};

/// Names in a directory, one after the other, as they come.
class Listing {
public:
    explicit Listing(int directory) {
        OwnedFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd) dir_.reset(fdopendir(fd.get()));
        if (dir_) fd.release();
        whole_ = dir_ != nullptr;
    }
    std::optional<std::string> next() {
        errno = 0;
        const dirent* entry = dir_ ? readdir(dir_.get()) : nullptr;
        if (entry) return entry->d_name;
        whole_ = whole_ && errno == 0;
        return std::nullopt;
    }
    /// Once there is no next one: whether those were all.
    bool whole() const { return whole_; }

private:
    std::unique_ptr<DIR, CloseDirectory> dir_;
    bool whole_ = false;
};

bool writeAll(int fd, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t n = ::write(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

bool readAll(int fd, char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t n = ::read(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = 0;
        if (n <= 0) return false;
        data += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

/// A regular file of this user, and how large; nothing for everything else.
std::optional<struct stat> ours(int directory, const std::string& name) {
    struct stat info {};
    if (fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid()) return std::nullopt;
    return info;
}

std::string sha256Of(const std::vector<Ref<GBytes>>& pieces) {
    const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> sum(g_checksum_new(G_CHECKSUM_SHA256),
                                                                     g_checksum_free);
    for (const auto& piece : pieces) {
        gsize size = 0;
        const auto* data = static_cast<const guchar*>(g_bytes_get_data(piece.get(), &size));
        g_checksum_update(sum.get(), data, static_cast<gssize>(size));
    }
    return g_checksum_get_string(sum.get());
}

OwnedFd subdirectory(int root, const char* name) {
    if (mkdirat(root, name, kDirectoryMode) == 0)
        fsync(root); // what is moved there must not get lost with it
    else if (errno != EEXIST)
        return {};
    return OwnedFd(openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

SpoolTrouble troubleOf(int error) {
    const bool passes = error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR;
    return passes ? SpoolTrouble::Unreadable : SpoolTrouble::Failing;
}

/// Small and beside a file that is durable already: a loss of it is no loss of audio.
void writeBeside(int directory, const std::string& name, const std::string& text) {
    const OwnedFd fd(
        openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (fd && writeAll(fd.get(), text.data(), text.size())) fsync(fd.get());
}

} // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) {
    const auto failure = [&](const std::string& what) {
        return Error{"the spool directory '" + directory + "' " + what, "spool-directory"};
    };
    std::unique_ptr<Store> store(new Store);
    store->path_ = directory;
    if (g_mkdir_with_parents(directory.c_str(), kDirectoryMode) != 0)
        return failure(reason("cannot be made"));
    store->root_ = OwnedFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!store->root_) return failure(reason("cannot be opened"));
    const int root = store->root_.get();
    store->lock_ = OwnedFd(openat(root, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!store->lock_) return failure(reason("cannot be written to"));
    if (flock(store->lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return failure("is used by another process: end it, or choose another directory");
    if (store->retry() < 0 || store->dead() < 0 || store->bad() < 0)
        return failure(reason("has no usable subdirectories retry, dead and bad"));
    return store;
}

/// Blocks that were in there are gone, those that come are to be kept.
void Store::remakeRoot() {
    struct stat info {};
    if (fstat(root_.get(), &info) != 0 || info.st_nlink > 0) return;
    if (auto again = open(path_)) *this = std::move(**again);
}

/// The folder of that name, made when it is not there; -1, and errno, without one. `held`: it, as far as is
/// known.
int Store::folder(OwnedFd& held, const char* name) {
    struct stat mine {};
    struct stat named {};
    const bool same = fstat(held.get(), &mine) == 0 &&
                      fstatat(root_.get(), name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                      mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
    if (!same) held = subdirectory(root_.get(), name);
    return held.get();
}

Store::Scan Store::scan(const std::function<void(SpoolFile)>& found) {
    Scan result;
    Listing listing(root_.get());
    while (const auto entry = listing.next()) {
        if (entry->starts_with(".") || *entry == "retry" || *entry == "dead" || *entry == "bad") {
            const bool partial = entry->starts_with(kPartial) && ours(root_.get(), *entry);
            if (partial && unlinkat(root_.get(), entry->c_str(), 0) == 0) ++result.partial;
            continue;
        }
        const auto name = FileName::parse(*entry);
        const auto info = name ? ours(root_.get(), *entry) : std::nullopt;
        if (!info) {
            ++result.foreign;
            continue;
        }
        found({*name, static_cast<std::uint64_t>(info->st_size), info->st_mtim.tv_sec});
    }
    result.whole = listing.whole();
    return result;
}

std::vector<std::optional<std::string>> Store::write(std::vector<SpoolWrite>& blocks) {
    remakeRoot();
    std::vector<std::optional<std::string>> errors;
    bool alive = false, dead = false;
    for (SpoolWrite& block : blocks) {
        errors.push_back(writeOne(block, block.name.text()));
        (block.answer ? dead : alive) |= !errors.back();
    }
    // One for all: the names are durable only now.
    const bool ok = (!alive || fsync(root_.get()) == 0) && (!dead || fsync(dead_.get()) == 0);
    if (ok) return errors;
    const std::string why = reason("the spool directory cannot be made durable");
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (errors[i]) continue;
        errors[i] = why;
        unlinkat(blocks[i].answer ? dead_.get() : root_.get(), blocks[i].name.text().c_str(), 0);
    }
    return errors;
}

std::optional<std::string> Store::writeOne(SpoolWrite& block, const std::string& name) {
    Record& record = block.record;
    record.bytes = 0;
    for (const auto& piece : block.payload)
        record.bytes += g_bytes_get_size(piece.get());
    if (record.bytes > kMaxRecordPayload)
        return "it is too large for a file of the spool (" + std::to_string(record.bytes) +
               " bytes): cut smaller blocks";
    record.createdNs = g_get_real_time() * 1000;
    record.sha256 = sha256Of(block.payload);
    const std::string header = encodeHeader(record);
    if (header.size() > kMaxRecordHeader) return "its names are too long for a file";

    const std::string partial = std::string(kPartial) + std::to_string(serial_++);
    const int to = block.answer ? dead() : root_.get();
    const OwnedFd fd(openat(root_.get(), partial.c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    bool ok = fd && writeAll(fd.get(), header.data(), header.size());
    for (const auto& piece : block.payload) {
        gsize size = 0;
        const void* data = g_bytes_get_data(piece.get(), &size);
        ok = ok && writeAll(fd.get(), data, size);
    }
    ok = ok && fsync(fd.get()) == 0 && renameat(root_.get(), partial.c_str(), to, name.c_str()) == 0;
    if (!ok) {
        const auto why = reason("the spool cannot be written");
        unlinkat(root_.get(), partial.c_str(), 0);
        return why;
    }
    if (block.answer) writeBeside(to, std::string(name).append(kAnswer), *block.answer);
    block.size = header.size() + record.bytes;
    return std::nullopt;
}

SpoolRead Store::read(const FileName& name) {
    const std::string text = name.text();
    // Not blocking: what became a pipe meanwhile must not hold the thread.
    const OwnedFd fd(openat(root_.get(), text.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) return SpoolTrouble::Gone;
        if (errno != ELOOP && errno != EACCES) return troubleOf(errno);
        return setAside(name), SpoolTrouble::Bad;
    }
    struct stat info {};
    if (fstat(fd.get(), &info) != 0) return troubleOf(errno);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || size > kMaxRecordHeader + kMaxRecordPayload)
        return setAside(name), SpoolTrouble::Bad;

    std::string start(std::min<std::uint64_t>(size, kMaxRecordHeader), '\0');
    if (!readAll(fd.get(), start.data(), start.size()))
        return errno ? troubleOf(errno) : (setAside(name), SpoolTrouble::Bad);
    auto parsed = parseHeader(start);
    const bool fits =
        parsed && parsed->size + parsed->record.bytes == size && parsed->record.session == name.session &&
        parsed->record.block.sequence == name.sequence && routeOf(parsed->record.endpoint) == name.route;
    if (!fits) return setAside(name), SpoolTrouble::Bad;

    auto* data = static_cast<char*>(g_malloc(std::max<std::size_t>(parsed->record.bytes, 1)));
    auto payload = Ref<GBytes>::adopt(g_bytes_new_take(data, parsed->record.bytes));
    const std::size_t have = start.size() - parsed->size;
    std::memcpy(data, start.data() + parsed->size, have);
    if (!readAll(fd.get(), data + have, parsed->record.bytes - have))
        return errno ? troubleOf(errno) : (setAside(name), SpoolTrouble::Bad);
    if (sha256Of({payload}) != parsed->record.sha256) return setAside(name), SpoolTrouble::Bad;
    return SpoolLoaded{std::move(parsed->record), std::move(payload)};
}

bool Store::setAside(const FileName& name) {
    return renameat(root_.get(), name.text().c_str(), bad(), name.text().c_str()) == 0;
}

void Store::remove(const FileName& name) {
    unlinkat(root_.get(), name.text().c_str(), 0);
}

bool Store::bury(const FileName& name, const std::string& answer) {
    std::string text = name.text();
    const int to = dead();
    if (renameat(root_.get(), text.c_str(), to, text.c_str()) != 0) return false;
    writeBeside(to, text.append(kAnswer), answer);
    fsync(to);
    return true;
}

std::vector<SpoolFile> Store::takeRetried() {
    std::vector<SpoolFile> taken;
    Listing listing(retry());
    while (const auto entry = taken.size() < kMaxAdopted ? listing.next() : std::nullopt) {
        const auto name = FileName::parse(*entry);
        const auto info = name ? ours(retry_.get(), *entry) : std::nullopt;
        if (!info) continue;
        const timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
        utimensat(retry_.get(), entry->c_str(), now, AT_SYMLINK_NOFOLLOW);
        if (renameat(retry_.get(), entry->c_str(), root_.get(), entry->c_str()) != 0) continue;
        taken.push_back(
            {*name, static_cast<std::uint64_t>(info->st_size), g_get_real_time() / G_USEC_PER_SEC});
    }
    return taken;
}

SpoolCount Store::countDead() {
    struct stat before {};
    const bool known = fstat(dead(), &before) == 0;
    const std::pair<std::int64_t, std::int64_t> changed{before.st_mtim.tv_sec, before.st_mtim.tv_nsec};
    if (known && counted_ == changed) return deadCount_;
    // What comes after a count within the granularity of the time would leave the same one: it is trusted
    // later.
    const bool settled = known && g_get_real_time() / G_USEC_PER_SEC - changed.first >= kGranularity;
    SpoolCount count;
    Listing listing(dead_.get());
    while (const auto entry = listing.next()) {
        const std::string_view name = *entry;
        const bool answer = name.ends_with(kAnswer);
        if (!FileName::parse(answer ? name.substr(0, name.size() - kAnswer.size()) : name)) continue;
        const auto info = ours(dead_.get(), *entry);
        if (!info) continue;
        if (!answer) ++count.files;
        count.bytes += static_cast<std::uint64_t>(info->st_size);
    }
    if (!listing.whole()) return deadCount_;
    counted_ = settled ? std::optional(changed) : std::nullopt;
    return deadCount_ = count;
}

} // namespace lm::imentivsink
