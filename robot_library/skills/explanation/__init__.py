"""Where on the film a score comes from, drawn only where that was measured to be better than chance.

occlusion  a map for any model: what the logit loses when a patch is blurred away
cam        exact class map of a graph that ends in average pooling and a linear layer; made once, on import
draw       map or plain film with a legend below the picture
pointing   scores of a map: energy inside a mask, pointing game
lungs      lung fields by simple means, to score maps with
sanity     shuffled weights must change the map
"""
