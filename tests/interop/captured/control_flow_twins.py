"""Python's twins of the models in control_flow_models.cpp: they call the same operators."""

import torch
from torch._higher_order_ops.map import map as hop_map
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop

bfloat16 = torch.bfloat16


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(3, 3)
        self.register_buffer("scale", torch.full((3,), 0.5))

    def forward(self, x, y):
        z = x * y
        branches = (lambda t: self.lin(t) + z + self.scale), (lambda t: (t - y).sin())
        return torch.cond(x.sum() > 0, *branches, (x,)) + z


def two_conds(x, y):
    def add(a, b):
        return {"out": [a + b, a.sin()], "more": b * b}

    def subtract(a, b):
        return {"out": [a - b, a.cos()], "more": b.neg()}

    first = torch.cond(x.sum() > 0, add, subtract, (x, y))
    second = torch.cond(x.max() > 5, add, subtract, (y, x))
    return first["out"][0] + second["out"][1] * first["more"]


def nested(x, y):
    def inner(t):
        return torch.cond(y.sum() > 0, lambda u: u.sin() + y, lambda u: u.cos(), (t,))

    return torch.cond(x.sum() > 0, inner, lambda t: t - y, (x,))


def loop(i, one, n, x):
    return while_loop(lambda k, t: k < n, lambda k, t: (k + one, t * t), (i, x))


def loop_without_a_turn(i, one, n, x):
    return loop(n, one, i, x)


def mapped(xs, y):
    z = y * y
    return hop_map(lambda pair, t: (pair[0] * t + z, (pair[1] - z).sum()), (xs, xs.sin()), y)


def scanned(xs, init):
    z = init.exp()

    def step(carry, x):
        following = carry + x * z
        return following, following.sin()

    return scan(step, init, xs)


def scanned_backwards(xs, init):
    return scan(lambda carry, x: (carry + x, carry * x), init, xs, dim=1, reverse=True)


def map_of_cond(xs, y):
    return hop_map(lambda x: torch.cond(x.sum() > 0, lambda: x + y, lambda: x - y) * y, xs)


def loop_of_cond(x, y):
    def body(t):
        return (torch.cond(t.max() > 1, lambda: t + y, lambda: t * y) + y,)

    return while_loop(lambda t: t.sum() < 20, body, (x,))[0]


def no_grad_in_a_branch(x, y):
    def branch():
        z = x + y
        with torch.no_grad():
            w = z * y
        return w + z

    return torch.cond(x.sum() > 0, branch, lambda: x - y)


def regions_apart(x, y):
    with torch.no_grad():
        z = x * y
    with torch.no_grad():
        w = z.sin()
    return z + w


def autocast(x, y):
    with torch.autocast("cpu", bfloat16):
        z = torch.matmul(x, y)
    w = z.sin()
    with torch.autocast("cpu", bfloat16):
        u = z * z
    with torch.autocast("cpu", bfloat16):
        v, i = torch.matmul(u, u).max(1)
    return w + u, v, i


def nested_autocast(x, y):
    with torch.autocast("cpu", bfloat16):
        with torch.autocast("cpu", torch.float16):
            z = torch.matmul(x, y)
        r = torch.matmul(z, x)
        with torch.autocast("cpu", enabled=False):
            u = torch.matmul(x, x)
    return r, u


def autocast_without_grad(x, y):
    with torch.no_grad():
        w = torch.matmul(x, y)
        with torch.autocast("cpu", bfloat16):
            v = torch.matmul(w, y)
        u = v.sin()
    return u.cos()


def autocast_in_a_branch(x, y):
    def low():
        with torch.autocast("cpu", bfloat16):
            z = torch.matmul(x, y)
        return z.sin()

    return torch.cond(x.sum() > 0, low, lambda: torch.matmul(y, x).to(bfloat16))


# ---- with a dynamic size ----------------------------------------------------


def dynamic_cond(x):
    return torch.cond(x.sum() > 0, lambda t: t + 1, lambda t: t - 1, (x,))


def cond_on_a_size(x):
    return torch.cond(x.shape[0] > 4, lambda t: t + 1, lambda t: t - 1, (x,))


def cond_with_a_size(x):
    n = x.shape[0]
    return torch.cond(x.sum() > 0, lambda t: t + n, lambda t: t - n * 2, (x,))


def cond_with_derived_sizes(x):
    n, m = x.shape[0] * 2, x.shape[0] + 1
    return torch.cond(x.sum() > 0, lambda t: t + n + m, lambda t: t - m + t.shape[0], (x,))


def cond_with_a_result(x):
    y = torch.cat([x, x])
    return torch.cond(x.sum() > 0, lambda t: t + y.sum(), lambda t: y[: t.shape[0]].clone(), (x,))


def cond_of_other_sizes(x):
    return torch.cond(x.sum() > 0, lambda t: t.clone(), lambda t: torch.cat([t, t]), (x,))


def cond_of_two_other_sizes(x):
    def twice(t):
        return torch.cat([t, t]), torch.cat([t, t]).sum(1)

    return torch.cond(x.sum() > 0, lambda t: (t.clone(), t.sum(1)), twice, (x,))


def two_conds_of_other_sizes(x):
    return cond_of_other_sizes(x).sum() + cond_of_other_sizes(x).sum()


def cond_of_other_static_sizes(x):
    return torch.cond(x.sum() > 0, lambda t: t.sum(0), lambda t: t.sum(0)[:2].clone(), (x,))


def cond_of_sizes_apart(x, y):
    return torch.cond(x.sum() > 0, lambda t, u: t + 1, lambda t, u: u - 1, (x, y))


def cond_of_integers(x):
    return torch.cond(x.sum() > 0, lambda t: (t + 1, 3), lambda t: (t - 1, 4), (x,))


def cond_of_the_same_integer(x):
    return torch.cond(x.sum() > 0, lambda t: (t + 1, 3), lambda t: (t - 1, 3), (x,))


def cond_of_some_integers(x):
    a, b, c = torch.cond(x.sum() > 0, lambda t: (t + 1, 3, 2), lambda t: (t - 1, 4, 2), (x,))
    return a + c, b + c


def cond_with_data_sizes(x):
    branches = (lambda t: t.nonzero().sum()), (lambda t: (t + 1).nonzero().sum())
    return torch.cond(x.sum() > 0, *branches, (x,))


def cond_with_items(x):
    def product(t):
        return t * t.sum().to(torch.int64).item()

    def total(t):
        return t + t.max().to(torch.int64).item()

    return torch.cond(x.sum() > 0, product, total, (x,))


def nested_with_a_size(x):
    n = x.shape[0]

    def inner(t):
        return torch.cond(t.max() > 1, lambda u: u + n, lambda u: u - u.shape[0], (t,))

    return torch.cond(x.sum() > 0, inner, lambda t: t.clone(), (x,))


def dynamic_loop(x, i):
    n = x.shape[0]
    return while_loop(lambda k, t: k < n, lambda k, t: (k + 1, t * 2 + n), (i, x))


def loop_over_a_size(x):
    return while_loop(lambda k, t: k < 30, lambda k, t: (k + 1, t * 2), (x.shape[0], x))


def loop_until_a_size(x):
    return while_loop(lambda t: t.sum() < t.shape[0] * 100, lambda t: (t * 2 + 10,), (x,))[0]


def dynamic_map(x):
    n = x.shape[0]
    return hop_map(lambda row: row + n, x)


def map_with_data_sizes(x):
    return hop_map(lambda row: row.nonzero().sum(), x)


def dynamic_map_of_cond(x):
    def body(row):
        return torch.cond(row.sum() > 0, lambda t: t + 1, lambda t: t - 1, (row,))

    return hop_map(body, x)


def dynamic_scan(x, init):
    n = x.shape[0]
    return scan(lambda carry, row: (carry + row + n, carry * row), init, x)


DYNAMIC = (
    dynamic_cond,
    cond_on_a_size,
    cond_with_a_size,
    cond_with_derived_sizes,
    cond_with_a_result,
    cond_of_other_sizes,
    cond_of_two_other_sizes,
    two_conds_of_other_sizes,
    cond_of_other_static_sizes,
    cond_of_sizes_apart,
    cond_of_integers,
    cond_of_the_same_integer,
    cond_of_some_integers,
    cond_with_data_sizes,
    cond_with_items,
    nested_with_a_size,
    dynamic_loop,
    loop_over_a_size,
    loop_until_a_size,
    dynamic_map,
    map_with_data_sizes,
    dynamic_map_of_cond,
    dynamic_scan,
)


def checked_condition(x, flag):
    torch._check(flag.item())
    return x * 2


def denied_condition(x, flag):
    torch._check(torch.sym_not(flag.logical_not().item()))
    return x * 2


def checked_conditions(x, flag, n):
    number = n.item()
    torch._check((number > 3) | flag.item())
    torch._check((number < 30) & (n > 0).item())
    return x * 2


def cond_on_a_condition(x, flag):
    return torch.cond(flag.item(), lambda t: t.sin(), lambda t: t.cos(), (x,))


def choice_by_a_condition(x, flag):
    condition = flag.item()
    return x * torch.sym_ite(condition, 3, 4)


class Function(torch.nn.Module):
    """A function as a module, with the function's parameter names."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        names = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
        scope = {}
        exec(f"def forward(self, {names}): return self.function({names})", scope)
        self.__class__ = type("Function", (torch.nn.Module,), {"forward": scope["forward"]})


TWINS = {"flow_net": Net}
for function in (
    two_conds,
    nested,
    loop,
    loop_without_a_turn,
    mapped,
    scanned,
    scanned_backwards,
    map_of_cond,
    loop_of_cond,
    no_grad_in_a_branch,
    regions_apart,
    autocast,
    nested_autocast,
    autocast_without_grad,
    autocast_in_a_branch,
    checked_condition,
    denied_condition,
    checked_conditions,
    cond_on_a_condition,
    choice_by_a_condition,
    *DYNAMIC,
):
    TWINS[f"flow_{function.__name__}"] = lambda function=function: Function(function)
DYNAMIC_STEMS = [f"flow_{function.__name__}" for function in DYNAMIC]
