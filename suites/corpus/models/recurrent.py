"""Recurrent layers."""

import torch
from torch import nn

from .case import Case, case


@case
def lstm():
    return Case(nn.LSTM(4, 5, num_layers=2, bidirectional=True), (torch.randn(3, 2, 4),))


@case
def lstm_with_state():
    state = (torch.zeros(1, 2, 3), torch.ones(1, 2, 3))
    return Case(nn.LSTM(4, 3, batch_first=True, proj_size=0), (torch.randn(2, 5, 4), state))


@case
def gru():
    return Case(nn.GRU(4, 3, batch_first=True), (torch.randn(2, 5, 4),))


@case
def rnn_relu():
    return Case(nn.RNN(4, 3, nonlinearity="relu"), (torch.randn(5, 4),))


class Decoder(nn.Module):
    """A cell unrolled in Python: the graph repeats it."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.output = nn.Linear(4, 3)

    def forward(self, x):
        hidden = cell = x.new_zeros(x.shape[0], 4)
        outputs = []
        for _ in range(3):
            hidden, cell = self.cell(x, (hidden, cell))
            x = self.output(hidden)
            outputs.append(x)
        return torch.stack(outputs, dim=1), {"hidden": hidden, "cell": cell}


@case
def lstm_cell_unrolled():
    return Case(Decoder(), (torch.randn(2, 3),))


@case
def gru_cell():
    return Case(nn.GRUCell(3, 4), (torch.randn(2, 3), torch.randn(2, 4)))
