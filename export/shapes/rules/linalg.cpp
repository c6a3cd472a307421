#include <algorithm>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

/// Factorisations and solvers. What they give is as LAPACK has it: matrices whose columns lie
/// one after the other.

namespace roundtrip::shapes {
namespace {

/// A batch of matrices.
struct Matrix {
  Sizes batch;
  c10::SymInt rows;
  c10::SymInt columns;
  at::ScalarType dtype;
};

Matrix matrix(const at::Tensor& tensor) {
  Sizes sizes = sizes_of(tensor);
  TORCH_CHECK(sizes.size() >= 2, "a matrix has two dimensions");
  Matrix result{{}, sizes[sizes.size() - 2], sizes.back(), tensor.scalar_type()};
  sizes.resize(sizes.size() - 2);
  result.batch = std::move(sizes);
  return result;
}

Matrix square_matrix(const at::Tensor& tensor) {
  Matrix result = matrix(tensor);
  check_equal(result.columns, result.rows, "sides of a square matrix");
  return result;
}

c10::SymInt smaller_side(const Matrix& a) {
  return a.rows.min(a.columns);
}

Sizes with(Sizes batch, std::initializer_list<c10::SymInt> sizes) {
  batch.insert(batch.end(), sizes);
  return batch;
}

/// A matrix by columns. `leading` is how far its columns are apart.
Shape by_columns(const Matrix& like, const c10::SymInt& rows, const c10::SymInt& columns,
                 std::optional<c10::SymInt> leading = std::nullopt) {
  if (!leading) leading = rows;
  Sizes strides = contiguous_strides(with(like.batch, {columns, *leading}));
  std::swap(strides[strides.size() - 2], strides.back());
  return {with(like.batch, {rows, columns}), strides, 0, like.dtype};
}

Shape by_columns(const Matrix& like) {
  return by_columns(like, like.rows, like.columns);
}

Shape by_rows(const Matrix& like, const c10::SymInt& rows, const c10::SymInt& columns) {
  return of_sizes(with(like.batch, {rows, columns}), like.dtype);
}

Shape vector(const Matrix& like, const c10::SymInt& size, at::ScalarType dtype) {
  return of_sizes(with(like.batch, {size}), dtype);
}

Shape one_each(const Matrix& like, at::ScalarType dtype) {
  return of_sizes(like.batch, dtype);
}

Shape none(at::ScalarType dtype) {
  return of_sizes({0}, dtype);
}

at::ScalarType real_type(const Matrix& a) {
  return c10::toRealValueType(a.dtype);
}

Shapes qr(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const std::string mode = call.text("mode");
  const c10::SymInt side = mode == "complete" ? a.rows : smaller_side(a);
  const Shape r = by_columns(a, side, a.columns);
  return {mode == "r" ? none(a.dtype) : by_columns(a, a.rows, side), r};
}

Shapes svd(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const c10::SymInt side = smaller_side(a);
  const Shape values = vector(a, side, real_type(a));
  if (!call.flag("compute_uv")) return {none(a.dtype), values, none(a.dtype)};
  const bool full = call.flag("full_matrices");
  return {by_columns(a, a.rows, full ? a.rows : side), values,
          by_columns(a, full ? a.columns : side, a.columns)};
}

Shapes lu(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const c10::SymInt side = smaller_side(a);
  return {call.flag("pivot") ? by_rows(a, a.rows, a.rows) : none(a.dtype), by_rows(a, a.rows, side),
          by_rows(a, side, a.columns)};
}

Shapes lu_factor_ex(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  return {by_columns(a), vector(a, smaller_side(a), at::kInt), one_each(a, at::kInt)};
}

/// One pivot for each row that a factorisation of `a` may move.
void check_pivots(const at::Tensor& pivots, const Matrix& a) {
  check_equal(pivots.sym_sizes(), with(a.batch, {smaller_side(a)}), "pivots");
}

Shapes lu_unpack(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const c10::SymInt side = smaller_side(a);
  if (call.flag("unpack_pivots")) check_pivots(call.tensor("LU_pivots"), a);
  const bool data = call.flag("unpack_data");
  return {call.flag("unpack_pivots") ? by_rows(a, a.rows, a.rows) : none(a.dtype),
          data ? by_rows(a, a.rows, side) : none(a.dtype),
          data ? by_rows(a, side, a.columns) : none(a.dtype)};
}

Shapes eig(const Call& call) {
  Matrix a = square_matrix(call.tensor(std::size_t{0}));
  a.dtype = c10::toComplexType(a.dtype);
  return {vector(a, a.rows, a.dtype), by_columns(a)};
}

Shapes eigvals(const Call& call) {
  return {eig(call)[0]};
}

Shapes eigh(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {vector(a, a.rows, real_type(a)), call.flag("compute_v") ? by_columns(a) : none(a.dtype)};
}

/// Another square matrix of the same sizes.
Shapes of_square(const Call& call) {
  return {by_columns(square_matrix(call.tensor(std::size_t{0})))};
}

Shapes of_square_with_info(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {by_columns(a), one_each(a, at::kInt)};
}

Shapes matrix_exp(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {by_rows(a, a.rows, a.columns)};
}

Shapes det(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {one_each(a, a.dtype), by_columns(a), vector(a, a.rows, at::kInt)};
}

Shapes slogdet(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {one_each(a, a.dtype), one_each(a, real_type(a)), by_columns(a),
          vector(a, a.rows, at::kInt)};
}

Shapes ldl_factor_ex(const Call& call) {
  const Matrix a = square_matrix(call.tensor(std::size_t{0}));
  return {by_columns(a), vector(a, a.rows, at::kInt), one_each(a, at::kInt)};
}

Shapes householder_product(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  Sizes reflectors = sizes_of(call.tensor("tau"));
  TORCH_CHECK(!reflectors.empty(), "tau is no vector");
  check_at_most(reflectors.back(), a.columns, "reflectors of a matrix");
  reflectors.pop_back();
  check_equal(reflectors, a.batch, "batches of a matrix and its reflectors");
  TORCH_SYM_CHECK(a.rows.sym_ge(a.columns), "input.shape[-2] must be at least input.shape[-1]");
  return {by_columns(a)};
}

Shapes ormqr(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const Matrix other = matrix(call.tensor("input3"));
  const c10::SymInt reflectors = call.tensor("input2").sym_sizes().back();
  const c10::SymInt& side = call.flag("left") ? other.rows : other.columns;
  TORCH_SYM_CHECK(side.sym_ge(reflectors), "ormqr: fewer rows than reflectors");
  check_equal(side, a.rows, "ormqr: sides of input and other");
  check_equal(reflectors, side.min(a.columns), "ormqr: reflectors");
  return {by_columns(other)};
}

Shapes geqrf(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  return {by_columns(a), vector(a, smaller_side(a), a.dtype)};
}

Sizes broadcast_batches(const Matrix& a, const Matrix& b) {
  return broadcast({a.batch, b.batch});
}

/// Solvers of `coefficients * X = right`: as many columns as `right` has, batches broadcast.
Shape solution(const at::Tensor& coefficients, const at::Tensor& right, bool left = true) {
  const Matrix a = square_matrix(coefficients);
  Matrix b = matrix(right);
  check_equal(left ? b.rows : b.columns, a.rows, "sides of a linear system");
  b.batch = broadcast_batches(a, b);
  return left ? by_columns(b) : by_rows(b, b.rows, b.columns);
}

Shapes solve_triangular(const Call& call) {
  return {solution(call.tensor(std::size_t{0}), call.tensor("B"), call.flag("left"))};
}

Shapes lu_solve(const Call& call) {
  check_pivots(call.tensor("pivots"), matrix(call.tensor("LU")));
  return {solution(call.tensor("LU"), call.tensor("B"), call.flag("left"))};
}

Shapes ldl_solve(const Call& call) {
  check_pivots(call.tensor("pivots"), matrix(call.tensor("LD")));
  return {solution(call.tensor("LD"), call.tensor("B"))};
}

Shapes cholesky_solve(const Call& call) {
  return {solution(call.tensor(std::size_t{1}), call.tensor(std::size_t{0}))};
}

Shapes triangular_solve(const Call& call) {
  const at::Tensor& right = call.tensor(std::size_t{0});
  Matrix a = square_matrix(call.tensor("A"));
  const Shape solved = solution(call.tensor("A"), right);
  a.batch = broadcast_batches(a, matrix(right));
  return {solved, by_columns(a)};
}

/// The right side is one vector for each matrix: `linalg_solve`'s rule for what is meant.
bool is_vector(const at::Tensor& a, const at::Tensor& b) {
  if (b.dim() == 1) return true;
  if (a.dim() - 1 != b.dim()) return false;
  const c10::SymIntArrayRef rows = a.sym_sizes().slice(0, static_cast<std::size_t>(b.dim()));
  return std::equal(rows.begin(), rows.end(), b.sym_sizes().begin(),
                    [](const c10::SymInt& x, const c10::SymInt& y) { return x == y; });
}

Shapes solve_ex(const Call& call) {
  const at::Tensor& coefficients = call.tensor("A");
  const at::Tensor& right = call.tensor("B");
  const Matrix a = square_matrix(coefficients);
  Shape result;
  if (is_vector(coefficients, right)) {
    check_equal(right.sym_sizes().back(), a.rows, "sides of a linear system");
    Matrix b{{}, right.sym_sizes().back(), 1, right.scalar_type()};
    b.batch = right.sym_sizes().slice(0, static_cast<std::size_t>(right.dim()) - 1).vec();
    result = of_sizes(with(broadcast_batches(a, b), {b.rows}), b.dtype);
  } else {
    result = solution(coefficients, right, call.flag("left"));
  }
  return {result, by_columns(a), vector(a, a.rows, at::kInt), one_each(a, at::kInt)};
}

/// By a driver that looks at no rank: for the others data says whether there are residuals.
Shapes lstsq(const Call& call) {
  const at::Tensor& right = call.tensor("b");
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  const bool of_vectors = is_vector(call.tensor(std::size_t{0}), right);
  Matrix b{{}, right.sym_sizes().back(), 1, right.scalar_type()};
  if (!of_vectors) b = matrix(right);
  check_equal(b.rows, a.rows, "rows of a least squares problem");
  if (!of_vectors) check_equal(b.batch, a.batch, "batches of a least squares problem");
  b.batch = a.batch;
  const c10::IValue* driver = call.find("driver");
  const bool gels = driver != nullptr && driver->toStringRef() == "gels";
  Shape solved = by_columns(b, a.columns, b.columns, a.rows.max(a.columns));
  if (of_vectors) {
    solved.sizes.pop_back();
    solved.strides->pop_back();
  }
  Shape residuals = none(real_type(a));
  if (gels && a.rows > a.columns) residuals = vector(b, b.columns, real_type(a));
  return {solved, residuals, gels ? none(at::kLong) : one_each(a, at::kLong), none(real_type(a))};
}

Shapes pseudo_inverse(const Call& call) {
  const Matrix a = matrix(call.tensor(std::size_t{0}));
  return {by_rows(a, a.columns, a.rows)};
}

Shapes matrix_rank(const Call& call) {
  return {one_each(matrix(call.tensor(std::size_t{0})), at::kLong)};
}

/// A check of data that gives nothing: the program's operator makes it.
Shapes no_result(const Call&) {
  return {};
}

constexpr NamedRule kLinalgRules[] = {
    {"_cholesky_solve_helper", cholesky_solve},
    {"_linalg_check_errors", no_result},
    {"_linalg_det", det},
    {"_linalg_eigh", eigh},
    {"_linalg_eigvals", eigvals},
    {"_linalg_slogdet", slogdet},
    {"_linalg_solve_ex", solve_ex},
    {"_linalg_svd", svd},
    {"cholesky", of_square},
    {"cholesky_inverse", of_square},
    {"cholesky_solve", cholesky_solve},
    {"geqrf", geqrf},
    {"linalg_cholesky_ex", of_square_with_info},
    {"linalg_eig", eig},
    {"linalg_eigvals", eigvals},
    {"linalg_householder_product", householder_product},
    {"linalg_inv_ex", of_square_with_info},
    {"linalg_ldl_factor_ex", ldl_factor_ex},
    {"linalg_ldl_solve", ldl_solve},
    {"linalg_lstsq", lstsq},
    {"linalg_lu", lu},
    {"linalg_lu_factor_ex", lu_factor_ex},
    {"linalg_lu_solve", lu_solve},
    {"linalg_matrix_exp", matrix_exp},
    {"linalg_matrix_rank", matrix_rank},
    {"linalg_pinv.atol_rtol_tensor", pseudo_inverse},
    {"linalg_qr", qr},
    {"linalg_solve_triangular", solve_triangular},
    {"lu_unpack", lu_unpack},
    {"ormqr", ormqr},
    {"triangular_solve", triangular_solve},
};

}  // namespace

RuleTable linalg_rules() {
  return kLinalgRules;
}

}  // namespace roundtrip::shapes
