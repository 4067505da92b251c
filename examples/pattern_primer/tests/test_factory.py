"""Shapes by name."""

import math
import unittest

from pattern_primer.factory import Circle, ShapeFactory, Square


class Shapes(unittest.TestCase):
    def test_a_shape_comes_by_its_name(self):
        shapes = ShapeFactory()
        self.assertEqual(shapes.create("circle", 2), Circle(2))
        self.assertEqual(shapes.create("square", 3), Square(3))

    def test_every_shape_has_an_area_and_can_be_drawn(self):
        self.assertAlmostEqual(Circle(2).area(), 4 * math.pi)
        self.assertEqual(Square(3).area(), 9)
        self.assertEqual(Circle(2).draw(), "a circle of radius 2")
        self.assertEqual(Square(1.5).draw(), "a square with sides of 1.5")

    def test_an_unknown_shape_is_a_value_error_that_names_the_known_ones(self):
        with self.assertRaisesRegex(ValueError, "no 'hexagon': known are circle, square"):
            ShapeFactory().create("hexagon", 1)

    def test_a_shape_is_added_without_a_change_and_none_is_replaced(self):
        shapes = ShapeFactory()
        shapes.register("tile", lambda: Square(10))
        self.assertEqual(shapes.create("tile").area(), 100)
        with self.assertRaisesRegex(ValueError, "already"):
            shapes.register("circle", Square)
        with self.assertRaises(ValueError):
            ShapeFactory().create("tile")
