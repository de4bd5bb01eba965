#include "persistence/segments/compression.hpp"

#include "base/crc32c.hpp"
#include "base/crypto/sha256_stream.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/format/bytes.hpp"
#include "persistence/segments/frame_list.hpp"

#include <zstd.h>

#include <algorithm>

namespace carillon::segments {

namespace {

/// Fast enough to keep up with the writer beside other work; higher levels gain a few percent.
constexpr int zstd_level = 3;
/// Blocks begin at multiples of it.
constexpr uint64_t block_alignment = 8;
constexpr uint64_t seal_alignment = 4'096;

failure packing_failed() {
  return {ec::internal, "zstd failed", {}};
}

} // namespace

bool inflate_block(std::string_view packed, uint64_t bytes, std::string& out) {
  if (bytes > most_packed_bytes || ZSTD_getFrameContentSize(packed.data(), packed.size()) != bytes)
    return false;
  out.resize(bytes);
  return ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size()) == bytes;
}

size_t packed_length(std::string_view packed) noexcept {
  const auto length = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
  return ZSTD_isError(length) != 0 ? 0 : length;
}

size_t inflated_length(std::string_view packed) noexcept {
  const auto length = ZSTD_getFrameContentSize(packed.data(), packed.size());
  return length == ZSTD_CONTENTSIZE_UNKNOWN || length == ZSTD_CONTENTSIZE_ERROR
             || length > most_packed_bytes
           ? 0
           : static_cast<size_t>(length);
}

expected<bool> is_stored_as_written(const segment& x) {
  const auto said = x.summary();
  if (!said.stored_checksum)
    return true;
  const auto size = x.content().size();
  if (size < 0)
    return disk_failure(static_cast<int>(-size));
  const auto end = static_cast<uint64_t>(size) - encode(said, 0).size();
  uint32_t checksum = 0;
  std::string piece;
  for (uint64_t at = segment_header::bytes; at < end; at += piece.size()) {
    piece.resize(std::min(end - at, most_packed_bytes));
    const auto n = read_all(x.content(), at, piece);
    if (n < 0)
      return disk_failure(static_cast<int>(-n));
    if (static_cast<uint64_t>(n) != piece.size())
      return false;
    checksum = crc32c(piece, checksum);
  }
  return checksum == *said.stored_checksum;
}

expected<void> unpack(file_layer& files, const segment& x, const std::string& to) {
  const auto said = x.summary();
  files.remove(to);
  std::unique_ptr<file> out;
  sha256_stream hash;
  auto bytes = encode(x.header());
  int error = files.open(to, file_layer::mode::create, out);
  uint64_t at = 0;
  for (size_t next = 0; error == 0; ++next) {
    hash.add(bytes);
    error = write_all(*out, at, bytes);
    at += bytes.size();
    if (next == said.blocks.size())
      break;
    if (auto read = read_block(x, said.blocks[next], bytes); !read)
      return read;
  }
  if (error == 0 && hash.finish() != said.content)
    return damaged_at(said.first);
  // A file without a seal has its full length.
  if (error == 0)
    error = out->resize(std::max(at, x.header().file_bytes));
  if (error == 0)
    error = out->sync();
  return error == 0 ? expected<void>{} : disk_failure(error, files.path_of(to));
}

/// What a copy needs of libraries.
class segment_packer::codec {
public:
  codec() : context_(ZSTD_createCCtx()) {
  }
  codec(const codec&) = delete;
  codec& operator=(const codec&) = delete;
  ~codec() {
    ZSTD_freeCCtx(context_);
  }

  /// The compressed block, valid until the next call; empty if zstd fails.
  std::string_view pack(std::string_view content) {
    out_.resize(ZSTD_compressBound(content.size()));
    const auto n = context_ == nullptr
                     ? 0
                     : ZSTD_compressCCtx(context_, out_.data(), out_.size(), content.data(),
                                         content.size(), zstd_level);
    return ZSTD_isError(n) != 0 ? std::string_view{} : std::string_view{out_}.substr(0, n);
  }

  /// Of header and frames.
  sha256_stream hash;
  std::string bytes;
  std::vector<frame_view> frames;

private:
  ZSTD_CCtx* context_;
  std::string out_;
};

segment_packer::segment_packer(std::shared_ptr<file_layer> files, segment_ptr from)
  : files_(std::move(files)), from_(std::move(from)), said_(from_->summary()) {
}

segment_packer::~segment_packer() {
  if (to_)
    files_->remove(packed_name);
}

expected<segment_packer::progress> segment_packer::step(uint64_t content_bytes) {
  if (!to_) {
    const auto is_long = [](const block& x) { return x.bytes > most_packed_bytes; };
    if (std::any_of(said_.blocks.begin(), said_.blocks.end(), is_long))
      return leave();
    if (auto begun = begin(); !begun)
      return give_up(begun.error());
  }
  uint64_t done = 0;
  while (next_ < said_.blocks.size() && done < content_bytes) {
    done += said_.blocks[next_].bytes;
    if (auto packed = pack_next(); !packed)
      return give_up(packed.error());
  }
  return next_ < said_.blocks.size() ? progress{} : finish();
}

expected<void> segment_packer::begin() {
  files_->remove(packed_name);
  codec_ = std::make_unique<codec>();
  const auto page = encode(from_->header());
  codec_->hash.add(page);
  int error = files_->open(packed_name, file_layer::mode::create, to_);
  if (error == 0)
    error = write_all(*to_, 0, page);
  at_ = page.size();
  return error == 0 ? expected<void>{} : disk_failure(error);
}

expected<void> segment_packer::pack_next() {
  const auto& x = said_.blocks[next_++];
  if (auto read = read_block(*from_, x, codec_->bytes); !read)
    return read;
  if (!take_apart(codec_->bytes, from_->header().generation, x.first, codec_->frames))
    return damaged_at(x.first);
  codec_->hash.add(codec_->bytes);
  if (!gathered_.empty() && gathered_.size() + x.bytes > packed_block_bytes)
    if (auto written = write_block(); !written)
      return written;
  if (gathered_.empty())
    gathering_ = {.first = x.first, .offset = x.offset, .is_compressed = true};
  gathered_ += codec_->bytes;
  return {};
}

expected<void> segment_packer::write_block() {
  const auto packed = codec_->pack(gathered_);
  if (packed.empty())
    return packing_failed();
  gathering_.bytes = gathered_.size();
  gathering_.stored_at = at_;
  gathering_.stored_bytes = packed.size();
  blocks_.push_back(gathering_);
  gathered_.clear();
  if (const int error = write_all(*to_, at_, packed); error != 0)
    return disk_failure(error);
  const auto end = aligned(at_ + packed.size(), block_alignment);
  add_to_checksum(packed, end);
  at_ = end;
  return {};
}

/// The zeros up to `end`, where the next one begins, count as well.
void segment_packer::add_to_checksum(std::string_view packed, uint64_t end) {
  checksum_ = crc32c(packed, checksum_);
  const std::string rest(end - at_ - packed.size(), '\0');
  checksum_ = crc32c(rest, checksum_);
}

expected<segment_packer::progress> segment_packer::finish() {
  if (!gathered_.empty())
    if (auto written = write_block(); !written)
      return give_up(written.error());
  // Nothing takes the place of what was sealed but the same content.
  if (codec_->hash.finish() != said_.content)
    return give_up(damaged_at(said_.first));
  if (at_ > said_.content_bytes / 10 * 9)
    return leave();
  auto end = said_;
  end.is_compressed = true;
  end.blocks = std::move(blocks_);
  const auto seal_at = aligned(at_, seal_alignment);
  add_to_checksum({}, seal_at);
  end.stored_checksum = checksum_;
  int error = write_all(*to_, seal_at, encode(end, seal_at));
  if (error == 0)
    error = to_->sync();
  if (error == 0)
    error = files_->rename(packed_name, from_->name());
  if (error != 0)
    return give_up(disk_failure(error));
  auto content = std::shared_ptr<file>{std::move(to_)};
  // Should this fail, a crash may bring the other file back, which is as good.
  if (error = files_->sync_directory(); error != 0)
    return disk_failure(error);
  return progress{.made = std::make_shared<segment>(from_->header(), from_->name(),
                                                    std::move(content), std::move(end))};
}

expected<segment_packer::progress> segment_packer::leave() {
  if (to_)
    files_->remove(packed_name);
  to_.reset();
  return progress{.is_left = true};
}

failure segment_packer::give_up(failure why) {
  if (to_)
    files_->remove(packed_name);
  to_.reset();
  return why;
}

} // namespace carillon::segments
