"""A Modbus server of pymodbus, which nobody here wrote. Arguments: port, framer (socket or rtu)."""

import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

# Without zero_mode an address of the wire is one further in the block.
store = ModbusSlaveContext(
    di=ModbusSequentialDataBlock(0, [1, 0, 1, 1, 0, 0, 0, 0]),
    co=ModbusSequentialDataBlock(0, [0] * 8),
    hr=ModbusSequentialDataBlock(0, [0xD47A, 0x43E8, 7, 8, 9, 10, 11, 12]),
    ir=ModbusSequentialDataBlock(0, [0, 235, 555, 0xFFF6]),
    zero_mode=True,
)
framer = {"socket": ModbusSocketFramer, "rtu": ModbusRtuFramer}[sys.argv[2]]
StartTcpServer(
    context=ModbusServerContext(slaves=store, single=True),
    address=("127.0.0.1", int(sys.argv[1])),
    framer=framer,
)
