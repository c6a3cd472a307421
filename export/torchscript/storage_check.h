#pragma once

#include <caffe2/serialize/inline_container.h>

namespace roundtrip {

/// Reads the pickles of a TorchScript archive as LibTorch will, without making anything of
/// them. LibTorch believes what they say of storages and tensors, and its stack machine reads
/// past its stack; so each storage must fit into its record, each tensor into its storage,
/// and every instruction must find what it takes.
///
/// Refuses what LibTorch would run or trust while it loads: a `__setstate__` of the model's
/// own, objects of C++ classes, quantized and sparse tensors, files older than torch 1.4.
/// Throws `ArchiveError` or `UnsupportedError` that names the record.
void check_storages(caffe2::serialize::PyTorchStreamReader& archive);

}  // namespace roundtrip
